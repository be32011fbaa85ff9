namespace IslGateway.Settings.Reading;

/// <summary>Collects the errors found while settings are read and checked.</summary>
internal sealed class SettingsReport
{
    private readonly List<SettingsError> _errors = [];
    private readonly HashSet<string> _keys = new(StringComparer.OrdinalIgnoreCase);

    public IReadOnlyList<SettingsError> Errors => _errors;

    public void Add(string key, string? value, string rule)
    {
        _errors.Add(new SettingsError(key, value, rule));
        _keys.Add(key);
    }

    /// <summary>
    /// Adds an error between two settings, unless one of them was refused already: then its value is a default that nobody chose, and a
    /// rule about it would mislead.
    /// </summary>
    public void AddBetween(string key, string? value, string otherKey, string rule)
    {
        if (!_keys.Contains(key) && !_keys.Contains(otherKey))
        {
            Add(key, value, rule);
        }
    }

    public void ThrowIfAny()
    {
        if (_errors.Count > 0)
        {
            throw new SettingsException(_errors);
        }
    }
}
