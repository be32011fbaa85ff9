namespace IslGateway.Settings.Reading;

/// <summary>The settings cannot be used; the message has one line per error.</summary>
internal sealed class SettingsException(IReadOnlyList<SettingsError> errors) : Exception(Describe(errors))
{
    public IReadOnlyList<SettingsError> Errors { get; } = errors;

    private static string Describe(IReadOnlyList<SettingsError> errors)
    {
        var title = errors.Count == 1 ? "One setting is wrong:" : $"{errors.Count} settings are wrong:";
        return string.Join(Environment.NewLine, errors.Select(error => "  " + error).Prepend(title));
    }
}
