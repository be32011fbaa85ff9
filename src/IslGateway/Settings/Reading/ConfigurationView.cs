namespace IslGateway.Settings.Reading;

/// <summary>
/// Configuration as the settings read it. It differs from .NET's binder in two ways, because the shipped table is below all other sources:
/// a list is taken whole from the last source that names it, not merged index by index, and a key keeps the spelling of the first source
/// that names it, so that <c>ENDPOINTS__HEALTH__RETRY</c> does not rename the row <c>Health</c>. For one reading: which keys there are is
/// remembered.
/// </summary>
internal sealed class ConfigurationView(IConfiguration configuration)
{
    private readonly IConfigurationRoot _root =
        configuration as IConfigurationRoot ?? new ConfigurationBuilder().AddConfiguration(configuration).Build();

    // .NET's providers look through all their keys to say what is under one.
    private readonly Dictionary<(IConfigurationProvider Source, string Path), string[]> _names = [];

    /// <summary>Files that cannot be read as they are now.</summary>
    public IEnumerable<HeldJsonFile> Unreadable => _root.Providers.OfType<HeldJsonFile>().Where(file => file.Fault is not null);

    public string? Value(string path) => _root[path];

    /// <summary>The names under a path; an empty path means the top.</summary>
    public IReadOnlyList<string> Children(string path)
    {
        return [.. _root.Providers.SelectMany(source => Names(source, path)).Distinct(StringComparer.OrdinalIgnoreCase)];
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

            var names = Names(source, path);
            if (names.Length > 0)
            {
                return [.. names.Select(name => KeyValuePair.Create($"{path}:{name}", Entry(source, $"{path}:{name}")))];
            }
        }

        return null;
    }

    /// <summary>What one source names under a path. It is not asked about a path that it does not name itself.</summary>
    private string[] Names(IConfigurationProvider source, string path)
    {
        if (_names.TryGetValue((source, path), out var known)) return known;
        string[] names = IsNamed(source, path)
            ? [.. source.GetChildKeys([], path.Length == 0 ? null : path).Distinct(StringComparer.OrdinalIgnoreCase)]
            : [];
        return _names[(source, path)] = names;
    }

    private bool IsNamed(IConfigurationProvider source, string path) =>
        path.Length == 0 || Names(source, ConfigurationPath.GetParentPath(path) ?? "")
            .Contains(ConfigurationPath.GetSectionKey(path), StringComparer.OrdinalIgnoreCase);

    private static string? Entry(IConfigurationProvider source, string path) => source.TryGet(path, out var text) ? text : null;
}
