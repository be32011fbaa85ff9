using System.Globalization;
using System.Text;
using System.Text.Json;

namespace IslGateway.Commands;

/// <summary>
/// The guide's latency report and cache statistics (its section "Monitoring &amp; Profiling") from <c>/api/stats</c>, and what of the
/// gateway is not as it should be. Members that a gateway of another version does not have are left out.
/// </summary>
internal static class StatsReport
{
    /// <summary>The guide's target for the hit rate.</summary>
    public const double TargetHitRate = 0.4;

    public const string None = "–";

    public static string Of(JsonElement stats, string address)
    {
        var text = new StringBuilder();
        var endpoints = Items(stats, "endpoints").Where(endpoint => Count(endpoint, "requests") > 0).ToList();
        AppendGateway(text, stats, address);
        text.AppendLine().AppendLine("Latency Report (ms, since the start):");
        text.Append(LatencyOf(endpoints));
        text.AppendLine().AppendLine("Cache Statistics:");
        AppendCache(text, endpoints);
        RolloverReport.Append(text, stats);
        ExperimentReport.Append(text, Items(stats, "experiments"));
        return text.ToString().TrimEnd();
    }

    /// <summary>The share of hits among the requests to endpoints that are cached; null without any.</summary>
    public static double? HitRateOf(JsonElement stats)
    {
        var (hits, misses) = CacheCounts(Items(stats, "endpoints"));
        return hits + misses == 0 ? null : (double)hits / (hits + misses);
    }

    private static void AppendGateway(StringBuilder text, JsonElement stats, string address)
    {
        var uptime = TimeSpan.FromSeconds(Number(stats, "uptime_seconds") ?? 0);
        text.AppendLine($"IslGateway {Text(stats, "version")} at {address}, mode {Text(stats, "mode")}, up {Duration(uptime)}");
        foreach (var replica in Items(stats, "epochs"))
        {
            var age = Number(replica, "evidence_age_seconds") is { } seconds ? $"{Invariant(seconds, "0.0")} s old" : "none";
            var trouble = Text(replica, "trouble") is { Length: > 0 } wrong ? $"  ⚠ {wrong}" : "";
            text.AppendLine(
                $"  {Text(replica, "replica")} {Text(replica, "address")}: configuration {Text(replica, "fingerprint") ?? "unknown"} "
                + $"(version {Text(replica, "version") ?? None}, build {Text(replica, "build") ?? None}), evidence {age}{trouble}");
        }

        if (stats.TryGetProperty("tiers", out var tiers))
        {
            var memory = tiers.GetProperty("memory");
            var entries = Invariant(Count(memory, "entries"));
            var (used, limit) = (Mebibytes(memory, "bytes"), Mebibytes(memory, "limit_bytes"));
            text.AppendLine($"  memory {entries} entries, {used} of {limit} MiB; Redis {Text(tiers.GetProperty("redis"), "state")}");
        }

        foreach (var circuit in Items(stats, "circuits").Where(circuit => Text(circuit, "state") != "closed"))
            text.AppendLine($"  ⚠ circuit {Text(circuit, "replica")} {Text(circuit, "family")}: {Text(circuit, "state")}");
        if (stats.TryGetProperty("purges", out var purges) && Items(purges, "pending").ToList() is { Count: > 0 } pending)
            text.AppendLine($"  ⚠ Redis has still to be told of purges: {string.Join(", ", pending)}");
    }

    private static TextTable LatencyOf(IEnumerable<JsonElement> endpoints)
    {
        var table = new TextTable("ENDPOINT", "REQUESTS", "ERRORS", "HIT RATE", "MEAN", "P50", "P95", "P99", "MAX", "TARGET P95", "");
        foreach (var endpoint in endpoints.OrderBy(endpoint => Text(endpoint, "endpoint"), StringComparer.Ordinal))
        {
            var latency = endpoint.TryGetProperty("latency", out var known) ? known : default;
            var (p95, target) = (Number(latency, "p95_seconds"), Number(endpoint, "latency_target_seconds"));
            table.Add(
                Text(endpoint, "endpoint") ?? "", Invariant(Count(endpoint, "requests")), Invariant(Count(endpoint, "errors")),
                Number(endpoint, "hit_ratio") is { } ratio ? Percent(ratio) : None,
                Milliseconds(latency, "mean_seconds"), Milliseconds(latency, "p50_seconds"), Milliseconds(latency, "p95_seconds"),
                Milliseconds(latency, "p99_seconds"), Milliseconds(latency, "max_seconds"),
                target is { } limit ? Milliseconds(limit) : None,
                target is null || p95 is null ? "" : p95 <= target ? "✓" : "⚠");
        }

        return table;
    }

    /// <summary>The lines of the guide's <c>print_stats</c>.</summary>
    private static void AppendCache(StringBuilder text, List<JsonElement> endpoints)
    {
        var (hits, misses) = CacheCounts(endpoints);
        if (hits + misses == 0)
        {
            text.AppendLine("  No requests to cached endpoints yet");
            return;
        }

        var rate = (double)hits / (hits + misses);
        var saved = TimeSpan.FromSeconds(endpoints.Sum(endpoint => Number(endpoint, "saved_seconds") ?? 0));
        text.AppendLine($"  Total requests: {Invariant(hits + misses)}");
        text.AppendLine($"  Hits:           {Invariant(hits)} ({Percent(rate)})");
        text.AppendLine($"  Misses:         {Invariant(misses)}");
        text.AppendLine($"  ISL time saved: {Duration(saved)}");
        text.AppendLine(rate < TargetHitRate ? "  ⚠ Hit rate below 40% target" : "  ✓ Hit rate meets target");
    }

    private static (long Hits, long Misses) CacheCounts(IEnumerable<JsonElement> endpoints) => endpoints.Aggregate(
        (Hits: 0L, Misses: 0L), (sum, endpoint) => (sum.Hits + Count(endpoint, "hits"), sum.Misses + Count(endpoint, "misses")));

    public static JsonElement.ArrayEnumerator Items(JsonElement parent, string member) =>
        parent.TryGetProperty(member, out var items) && items.ValueKind == JsonValueKind.Array ? items.EnumerateArray() : default;

    public static string? Text(JsonElement parent, string member) =>
        parent.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    public static double? Number(JsonElement parent, string member) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : null;

    public static long Count(JsonElement parent, string member) => (long)(Number(parent, member) ?? 0);

    public static string Milliseconds(JsonElement parent, string member) =>
        Number(parent, member) is { } seconds ? Milliseconds(seconds) : None;

    private static string Milliseconds(double seconds) => (seconds * 1_000) switch
    {
        < 1 and var ms => Invariant(ms, "0.00"),
        < 100 and var ms => Invariant(ms, "0.0"),
        var ms => Invariant(ms, "#,0"),
    };

    private static string Mebibytes(JsonElement parent, string member) => Invariant((Number(parent, member) ?? 0) / (1 << 20), "#,0.0");

    public static string Percent(double share) => Invariant(share * 100, "0.0") + "%";

    private static string Duration(TimeSpan duration) =>
        duration < TimeSpan.FromMinutes(2) ? $"{Invariant(duration.TotalSeconds, "0.0")} s"
        : duration < TimeSpan.FromHours(2) ? $"{Invariant(duration.TotalMinutes, "0.0")} min"
        : duration < TimeSpan.FromDays(2) ? $"{Invariant(duration.TotalHours, "0.0")} h"
        : $"{Invariant(duration.TotalDays, "0.0")} d";

    public static string Invariant(double value, string format = "#,0") => value.ToString(format, CultureInfo.InvariantCulture);
}
