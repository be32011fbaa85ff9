using System.Globalization;
using System.Reflection;
using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.UnitTests.Documentation;

/// <summary>Every setting's key, default and meaning, from the option classes.</summary>
internal static class SettingRows
{
    private const string Unset = "unset";

    /// <summary>The settings that have a default, in the order of the classes; the endpoint rows have a table of their own.</summary>
    public static IEnumerable<(string Key, string Default, string Reloads, string Meaning)> All()
    {
        var defaults = new GatewaySettings();
        foreach (var section in typeof(GatewaySettings).GetProperties().Where(property => IsSection(property.PropertyType)))
        {
            foreach (var row in Under(section.Name, section.GetValue(defaults)!)) yield return row;
        }

        var redis = typeof(GatewaySettings).GetProperty(nameof(GatewaySettings.RedisConnectionString))!;
        yield return (
            "ConnectionStrings:Redis", Default(redis, defaults.RedisConnectionString), Reloads(redis), DocComments.OfProperty(redis));
    }

    /// <summary>The fields of one endpoint row.</summary>
    public static IEnumerable<(string Name, string Reloads, string Meaning)> EndpointFields() => Fields(typeof(EndpointOptions), "");

    /// <summary>The fields of one experiment.</summary>
    public static IEnumerable<(string Name, string Reloads, string Meaning)> ExperimentFields() => Fields(typeof(ExperimentOptions), "");

    private static IEnumerable<(string Key, string Default, string Reloads, string Meaning)> Under(string path, object section)
    {
        foreach (var property in section.GetType().GetProperties().Where(property => property.CanWrite))
        {
            var (key, value) = ($"{path}:{property.Name}", property.GetValue(section));
            if (IsSection(property.PropertyType))
            {
                foreach (var row in Under(key, value!)) yield return row;
            }
            else
            {
                yield return (key, Default(property, value), Reloads(property), DocComments.OfProperty(property));
            }
        }
    }

    private static IEnumerable<(string Name, string Reloads, string Meaning)> Fields(Type type, string path) => type.GetProperties()
        .Where(property => property.CanWrite)
        .SelectMany(property => IsSection(property.PropertyType)
            ? property.PropertyType.GetElementType() is { } entry
                ? Fields(entry, $"{path}{property.Name}:N:")
                : Fields(property.PropertyType, $"{path}{property.Name}:")
            : [(path + property.Name, Reloads(property), DocComments.OfProperty(property))]);

    private static string Reloads(PropertyInfo property) => property.IsDefined(typeof(ReadAtStartAttribute)) ? "no" : "yes";

    private static bool IsSection(Type type) => type.IsClass && type != typeof(string) && type != typeof(string[]);

    private static string Default(PropertyInfo property, object? value) => value switch
    {
        null => Unset,
        "" or string[] { Length: 0 } => "empty",
        string[] list => string.Join(", ", list.Select(Code)),
        TimeSpan duration => Code(DurationText.Format(duration)),
        long bytes when property.IsDefined(typeof(ByteSizeAttribute)) => Code(SizeText.Format(bytes)),
        bool flag => Code(flag ? "true" : "false"),
        IFormattable number => Code(number.ToString(null, CultureInfo.InvariantCulture)),
        _ => Code(value.ToString()!),
    };

    private static string Code(string text) => $"`{text}`";
}
