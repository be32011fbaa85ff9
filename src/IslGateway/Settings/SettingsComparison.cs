using System.Collections;
using System.Reflection;
using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Names the settings that differ between two sets of them; their values are not shown, since some are secrets.</summary>
internal static class SettingsComparison
{
    /// <summary>The keys of what differs, in the order of the classes.</summary>
    public static IReadOnlyList<string> Differing(GatewaySettings before, GatewaySettings after) =>
        [.. Differences(before, after).Select(static setting => setting.Key)];

    /// <summary>Those of them whose change takes a restart.</summary>
    public static IReadOnlyList<string> TakingRestart(GatewaySettings before, GatewaySettings after) =>
        [.. Differences(before, after).Where(static setting => setting.IsReadAtStart).Select(static setting => setting.Key)];

    private static List<(string Key, bool IsReadAtStart)> Differences(GatewaySettings before, GatewaySettings after)
    {
        var found = new List<(string Key, bool IsReadAtStart)>();
        foreach (var property in Sections())
            Compare(property.Name, property.GetValue(before)!, property.GetValue(after)!, found);
        CompareRows(nameof(GatewaySettings.Endpoints), before.Endpoints, after.Endpoints, found);
        CompareRows(nameof(GatewaySettings.Experiments), before.Experiments, after.Experiments, found);
        var (redis, other) = (before.RedisConnectionString, after.RedisConnectionString);
        if (redis != other) found.Add(("ConnectionStrings:Redis", IsReadAtStart: redis is null || other is null));
        return found;
    }

    private static void CompareRows<T>(
        string section, IReadOnlyDictionary<string, T> before, IReadOnlyDictionary<string, T> after,
        List<(string Key, bool IsReadAtStart)> found)
        where T : class
    {
        foreach (var row in before.Keys.Union(after.Keys, StringComparer.OrdinalIgnoreCase))
        {
            var (old, now) = (before.GetValueOrDefault(row), after.GetValueOrDefault(row));
            if (old is not null && now is not null) Compare($"{section}:{row}", old, now, found);
            else found.Add(($"{section}:{row}", IsReadAtStart: true));
        }
    }

    private static IEnumerable<PropertyInfo> Sections() =>
        typeof(GatewaySettings).GetProperties().Where(property => IsSection(property.PropertyType));

    private static void Compare(string path, object before, object after, List<(string Key, bool IsReadAtStart)> found)
    {
        foreach (var property in before.GetType().GetProperties().Where(property => property.CanWrite))
        {
            var (key, old, now) = ($"{path}:{property.Name}", property.GetValue(before), property.GetValue(after));
            if (old is not null && now is not null && IsSection(property.PropertyType)) Compare(key, old, now, found);
            else if (!AreEqual(old, now)) found.Add((key, IsReadAtStart(property)));
        }
    }

    /// <summary>A section that appears or goes is read at start if any of it is.</summary>
    private static bool IsReadAtStart(PropertyInfo property) =>
        property.IsDefined(typeof(ReadAtStartAttribute))
        || (IsSection(property.PropertyType) && property.PropertyType.GetProperties().Any(IsReadAtStart));

    private static bool AreEqual(object? before, object? after) =>
        before is IStructuralEquatable list ? list.Equals(after, StructuralComparisons.StructuralEqualityComparer) : Equals(before, after);

    /// <summary>Whether a type holds settings and is none itself.</summary>
    private static bool IsSection(Type type) => type.IsClass && type != typeof(string) && !type.IsArray;
}
