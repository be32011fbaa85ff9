using System.Reflection;
using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>
/// Binds configuration to the section classes in one walk over their properties, and reports every key that is unknown, of the wrong shape
/// or unreadable. A refused key keeps its default, so that reading and checking can go on.
/// </summary>
internal sealed class SettingsReader(ConfigurationView configuration, SettingsReport report)
{
    /// <summary>The gateway's own top-level sections.</summary>
    public static IReadOnlyList<string> Sections { get; } =
    [
        nameof(GatewaySettings.Isl), nameof(GatewaySettings.Cache), nameof(GatewaySettings.Credentials), nameof(GatewaySettings.Limits),
        nameof(GatewaySettings.Retry), nameof(GatewaySettings.Circuit), nameof(GatewaySettings.Cooldown), nameof(GatewaySettings.Lease),
        nameof(GatewaySettings.Sentinel), nameof(GatewaySettings.Validation), nameof(GatewaySettings.Batch),
        nameof(GatewaySettings.Warming), nameof(GatewaySettings.Rollover), nameof(GatewaySettings.Compare),
        nameof(GatewaySettings.Shutdown), nameof(GatewaySettings.Management), nameof(GatewaySettings.Telemetry),
        nameof(GatewaySettings.Endpoints), nameof(GatewaySettings.Experiments),
    ];

    public GatewaySettings Read() => new()
    {
        Isl = Section<IslOptions>(nameof(GatewaySettings.Isl)),
        Cache = Section<CacheOptions>(nameof(GatewaySettings.Cache)),
        Credentials = Section<CredentialsOptions>(nameof(GatewaySettings.Credentials)),
        Limits = Section<LimitsOptions>(nameof(GatewaySettings.Limits)),
        Retry = Section<RetryOptions>(nameof(GatewaySettings.Retry)),
        Circuit = Section<CircuitOptions>(nameof(GatewaySettings.Circuit)),
        Cooldown = Section<CooldownOptions>(nameof(GatewaySettings.Cooldown)),
        Lease = Section<LeaseOptions>(nameof(GatewaySettings.Lease)),
        Sentinel = Section<SentinelOptions>(nameof(GatewaySettings.Sentinel)),
        Validation = Section<ValidationOptions>(nameof(GatewaySettings.Validation)),
        Batch = Section<BatchOptions>(nameof(GatewaySettings.Batch)),
        Warming = Section<WarmingOptions>(nameof(GatewaySettings.Warming)),
        Rollover = Section<RolloverOptions>(nameof(GatewaySettings.Rollover)),
        Compare = Section<CompareOptions>(nameof(GatewaySettings.Compare)),
        Shutdown = Section<ShutdownOptions>(nameof(GatewaySettings.Shutdown)),
        Management = Section<ManagementOptions>(nameof(GatewaySettings.Management)),
        Telemetry = Section<TelemetryOptions>(nameof(GatewaySettings.Telemetry)),
        Endpoints = Rows<EndpointOptions>(nameof(GatewaySettings.Endpoints)),
        Experiments = Rows<ExperimentOptions>(nameof(GatewaySettings.Experiments)),
        RedisConnectionString = NullIfBlank(configuration.Value("ConnectionStrings:Redis")),
    };

    private static string? NullIfBlank(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;

    private T Section<T>(string path) => (T)Section(typeof(T), path);

    private object Section(Type type, string path)
    {
        var section = Activator.CreateInstance(type)!;
        var properties = type.GetProperties().Where(property => property.CanWrite).ToArray();
        RefuseValue(path, properties.Select(property => property.Name));
        foreach (var name in configuration.Children(path))
        {
            var property = properties.FirstOrDefault(candidate => candidate.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
            if (property is null)
            {
                report.Add($"{path}:{name}", null, Unknown(name, properties.Select(candidate => candidate.Name)));
            }
            else
            {
                Set(section, property, $"{path}:{property.Name}");
            }
        }

        return section;
    }

    private Dictionary<string, T> Rows<T>(string path)
    {
        RefuseValue(path, ["NAME"]);
        return configuration.Children(path)
            .ToDictionary(name => name, name => Section<T>($"{path}:{name}"), StringComparer.OrdinalIgnoreCase);
    }

    private void Set(object section, PropertyInfo property, string path)
    {
        if (property.PropertyType == typeof(string[]))
        {
            SetList(section, property, path);
        }
        else if (property.PropertyType.IsArray)
        {
            SetSections(section, property, path);
        }
        else if (property.PropertyType.IsClass && property.PropertyType != typeof(string))
        {
            property.SetValue(section, Section(property.PropertyType, path));
        }
        else
        {
            SetScalar(section, property, path);
        }
    }

    private void SetScalar(object section, PropertyInfo property, string path)
    {
        if (configuration.Children(path) is [var child, ..])
        {
            report.Add($"{path}:{child}", null, $"{path} is one value and has nothing under it");
        }
        else if (configuration.Value(path) is { } text)
        {
            if (ScalarText.TryParse(property, text, out var value, out var rule))
            {
                property.SetValue(section, value);
            }
            else
            {
                report.Add(path, Shown(property, text), rule!);
            }
        }
    }

    private void SetList(object section, PropertyInfo property, string path)
    {
        if (configuration.List(path) is not { } entries)
        {
            return;
        }

        var misshapen = entries.Where(entry => entry.Value is null || !IsListKey(path, entry.Key)).ToArray();
        foreach (var entry in misshapen)
        {
            report.Add(entry.Key, null, $"{path} is a list: number its entries from 0, or write them in one value with commas");
        }

        if (misshapen.Length == 0)
        {
            property.SetValue(section, entries.Select(entry => entry.Value!.Trim()).ToArray());
        }
    }

    /// <summary>A list whose entries are sections, numbered; taken whole from the last source that names it, like any list.</summary>
    private void SetSections(object section, PropertyInfo property, string path)
    {
        var type = property.PropertyType.GetElementType()!;
        var names = (configuration.List(path) ?? []).Select(entry => entry.Key[Math.Min(entry.Key.Length, path.Length + 1)..]).ToArray();
        var misshapen = names.Where(name => name.Length == 0 || !name.All(char.IsAsciiDigit)).ToArray();
        foreach (var name in misshapen)
        {
            report.Add(
                name.Length == 0 ? path : $"{path}:{name}", null, $"{path} is a list of sections: number them from 0, and set {path}:0:"
                + string.Join($" or {path}:0:", type.GetProperties().Where(candidate => candidate.CanWrite).Select(p => p.Name)));
        }

        if (misshapen.Length > 0 || names.Length == 0)
        {
            return;
        }

        var list = Array.CreateInstance(type, names.Length);
        var ordered = names.OrderBy(name => name.Length).ThenBy(name => name, StringComparer.Ordinal).ToArray();
        for (var i = 0; i < ordered.Length; i++)
        {
            list.SetValue(Section(type, $"{path}:{ordered[i]}"), i);
        }

        property.SetValue(section, list);
    }

    private static bool IsListKey(string path, string key) => key == path || key[(path.Length + 1)..].All(char.IsAsciiDigit);

    // The value is not shown, since it may be a secret that was put one level too high.
    private void RefuseValue(string path, IEnumerable<string> names)
    {
        if (!string.IsNullOrEmpty(configuration.Value(path)))
        {
            report.Add(path, null, $"is a section, not a value; under it go {string.Join(", ", names)}");
        }
    }

    private static string Unknown(string name, IEnumerable<string> known) => Spelling.Nearest(name, known) is { } nearest
        ? $"is no setting; did you mean {nearest}?"
        : $"is no setting; there are {string.Join(", ", known)}";

    private static string Shown(PropertyInfo property, string text) =>
        property.IsDefined(typeof(SecretAttribute)) ? SettingsError.Hidden : text;
}
