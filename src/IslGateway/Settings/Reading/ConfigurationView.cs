namespace IslGateway.Settings.Reading;

/// <summary>
/// Configuration as the settings read it. It differs from .NET's binder in two ways, because the shipped table is below all other sources:
/// a list is taken whole from the last source that names it, not merged index by index, and a key keeps the spelling of the first source
/// that names it, so that <c>ENDPOINTS__HEALTH__RETRY</c> does not rename the row <c>Health</c>.
/// </summary>
internal sealed class ConfigurationView(IConfiguration configuration)
{
    private readonly IConfigurationRoot _root =
        configuration as IConfigurationRoot ?? new ConfigurationBuilder().AddConfiguration(configuration).Build();

    /// <summary>Files that cannot be read as they are now.</summary>
    public IEnumerable<HeldJsonFile> Unreadable => _root.Providers.OfType<HeldJsonFile>().Where(file => file.Fault is not null);

    public string? Value(string path) => _root[path];

    /// <summary>The names under a path; an empty path means the top.</summary>
    public IReadOnlyList<string> Children(string path)
    {
        var parent = path.Length == 0 ? null : path;
        return [.. _root.Providers.SelectMany(source => Names(source, parent)).Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>The entries of a list by key, from the last source that names it: index children, or one comma-separated value.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>>? List(string path)
    {
        foreach (var source in _root.Providers.Reverse())
        {
            if (source.TryGet(path, out var text) && text is not null)
            {
                return [.. ListText.Split(text).Select(entry => KeyValuePair.Create(path, (string?)entry))];
            }

            var names = Names(source, path).ToArray();
            if (names.Length > 0)
            {
                return [.. names.Select(name => KeyValuePair.Create($"{path}:{name}", Entry(source, $"{path}:{name}")))];
            }
        }

        return null;
    }

    private static IEnumerable<string> Names(IConfigurationProvider source, string? path) =>
        source.GetChildKeys([], path).Distinct(StringComparer.OrdinalIgnoreCase);

    private static string? Entry(IConfigurationProvider source, string path) => source.TryGet(path, out var text) ? text : null;
}
