using System.Collections;
using System.Reflection;

namespace IslGateway.Settings;

/// <summary>Names the settings that differ between two sets of them; their values are not shown, since some are secrets.</summary>
internal static class SettingsComparison
{
    /// <summary>The keys of what differs, in the order of the classes.</summary>
    public static IReadOnlyList<string> Differing(GatewaySettings before, GatewaySettings after)
    {
        var keys = new List<string>();
        foreach (var property in Sections())
            Compare(property.Name, property.GetValue(before)!, property.GetValue(after)!, keys);
        foreach (var row in before.Endpoints.Keys.Union(after.Endpoints.Keys, StringComparer.OrdinalIgnoreCase))
        {
            var (old, now) = (before.Endpoints.GetValueOrDefault(row), after.Endpoints.GetValueOrDefault(row));
            if (old is not null && now is not null) Compare($"{nameof(GatewaySettings.Endpoints)}:{row}", old, now, keys);
            else keys.Add($"{nameof(GatewaySettings.Endpoints)}:{row}");
        }

        if (before.RedisConnectionString != after.RedisConnectionString) keys.Add("ConnectionStrings:Redis");
        return keys;
    }

    private static IEnumerable<PropertyInfo> Sections() =>
        typeof(GatewaySettings).GetProperties().Where(property => IsSection(property.PropertyType));

    private static void Compare(string path, object before, object after, List<string> keys)
    {
        foreach (var property in before.GetType().GetProperties().Where(property => property.CanWrite))
        {
            var (key, old, now) = ($"{path}:{property.Name}", property.GetValue(before), property.GetValue(after));
            if (old is not null && now is not null && IsSection(property.PropertyType)) Compare(key, old, now, keys);
            else if (!AreEqual(old, now)) keys.Add(key);
        }
    }

    private static bool AreEqual(object? before, object? after) =>
        before is IStructuralEquatable list ? list.Equals(after, StructuralComparisons.StructuralEqualityComparer) : Equals(before, after);

    /// <summary>Whether a type holds settings and is none itself.</summary>
    private static bool IsSection(Type type) => type.IsClass && type != typeof(string) && !type.IsArray;
}
