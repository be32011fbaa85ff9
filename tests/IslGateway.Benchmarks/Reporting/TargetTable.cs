using IslGateway.Benchmarks.Measuring;
using IslGateway.Benchmarks.Servers;

namespace IslGateway.Benchmarks.Reporting;

/// <summary>What a hit, a miss and the rest may cost, as ratios within one run or as absolute limits.</summary>
internal static class TargetTable
{
    private const string Identity = "gateway, identity";

    public static IReadOnlyList<Target> All { get; } =
    [
        .. ((string[])["hot", "bodies", "gzip-requests"]).SelectMany(Hits),
        Must("httpx", 1.25, Names.Gateway, Identity), Goal("httpx", 1.10, Names.Gateway, Identity),
        Must("spelled-anew", 1.30, Names.Gateway, Names.Canonicaliser),
        Goal("spelled-anew", 1.05, Names.Gateway, Names.Canonicaliser),
        Goal("spelled-anew", 0.40, Names.Gateway, Names.Nginx),
        Must("large", 1.15, Names.Gateway, Names.Bare), Goal("large", 1.05, Names.Gateway, Names.Bare),
        Must("miss", 1.80, Names.Gateway, Names.Yarp), Must("miss", 1.00, Names.Gateway, Names.OutputCache),
        Goal("miss", 1.25, Names.Gateway, Names.Yarp), Goal("miss", 1.00, Names.Gateway, Names.Nginx),
        Must("pass-through", 1.15, Names.Gateway, Names.Yarp), Goal("pass-through", 1.05, Names.Gateway, Names.Yarp),
        Must("pass-computing", 1.15, Names.Gateway, Names.Yarp), Goal("pass-computing", 1.05, Names.Gateway, Names.Yarp),
        Must("steady", 1.00, Names.Gateway, Names.OutputCache),
        new("steady", IsMust: true, "p99 ≤ 1.30 × bare", 1.30, findings => findings.Ratio(
            "steady", Names.Gateway, Names.Bare, Metrics.P99)),
        Goal("steady", 1.10, Names.Gateway, Names.Nginx),
        new("redis", IsMust: true, "p50 ≤ 1.00 × (bare StringGetLease + memory hit)", 1.0, RedisLatency),
        new("redis", IsMust: true, "memory hit's throughput ≤ 2.00 × its", 2.0, findings => findings.Ratio(
            "redis", RedisMeasurement.FromMemory, RedisMeasurement.FromRedis, Metrics.PerSecond)),
        new("redis", IsMust: true, "no call to the upstream", 0, findings => findings.Median(
            "redis", RedisMeasurement.FromRedis, Metrics.Count)),
        new("memory", IsMust: true, "≤ 2,900 B of heap an entry, packed form included", 2_900, findings => PerEntry(findings)),
        new("memory", IsMust: false, "≤ 2,600 B of heap an entry, packed form included", 2_600, findings => PerEntry(findings)),
        Collapse(isMust: true, Names.Gateway, "1 call", 1, Metrics.Count),
        Collapse(isMust: true, Names.Gateway, "last answer ≤ 1,015 ms", 1_015, Metrics.Milliseconds),
        Collapse(isMust: false, CollapseMeasurement.AtThree, "1 call across three gateways", 1, Metrics.Count),
        Collapse(isMust: false, CollapseMeasurement.AtThree, "last answer ≤ 1,015 ms across three gateways", 1_015, Metrics.Milliseconds),
        new("start", IsMust: true, "first answer ≤ 1.0 s after exec", 1.0, findings => findings.Median(
            "start", Names.Gateway, Metrics.Seconds)),
        new("start", IsMust: true, "no miss of 20 starts right after ready", 0, findings => findings.Median(
            "start", Names.Gateway, Metrics.Count)),
        new("start", IsMust: true, "cost in the 4th second of load ≤ 1.15 × settled", 1.15, findings => findings.Ratio(
            "start", StartMeasurement.Early, Names.Gateway)),
        new("growth", IsMust: true, "throughput at 8 connections ≤ 1.15 × that at 512", 1.15, findings => findings.Ratio(
            "growth", GrowthMeasurement.Over(8), GrowthMeasurement.Over(512), Metrics.PerSecond)),
        new("growth", IsMust: true, "cost for a body of 4 MB ≤ 1.15 × 4 × that for 1 MB", 4.6, findings => findings.Ratio(
            "growth", GrowthMeasurement.Of(4_096), GrowthMeasurement.Of(1_024))),
        new("million", IsMust: true, "resident ≤ SizeLimit + 150 MB while a million pass through", 150, findings => findings.Median(
            "million", MillionMeasurement.Passing, Metrics.Megabytes)),
        new("million", IsMust: true, "throughput with 1 entry ≤ 1.15 × that with 1,000,000", 1.15, findings => findings.Ratio(
            "million", MillionMeasurement.One, MillionMeasurement.Million, Metrics.PerSecond)),
        new("hot", IsMust: true, "≤ 1,024 B allocated a hit beyond bare", 1_024, Allocated),
        new("hot", IsMust: false, "≤ 256 B allocated a hit beyond bare", 256, Allocated),
    ];

    private static IEnumerable<Target> Hits(string workload) =>
    [
        Must(workload, 1.30, Names.Gateway, Names.Bare), Must(workload, 1.00, Names.Gateway, Names.OutputCache),
        Goal(workload, 1.10, Names.Gateway, Names.Bare), Goal(workload, 1.00, Names.Gateway, Names.Nginx),
    ];

    private static Target Must(string workload, double limit, string column, string other) => Ratio(workload, true, limit, column, other);

    private static Target Goal(string workload, double limit, string column, string other) => Ratio(workload, false, limit, column, other);

    private static Target Ratio(string workload, bool isMust, double limit, string column, string other) =>
        new(workload, isMust, $"≤ {limit:F2} × {other}", limit, findings => findings.Ratio(workload, column, other));

    private static Target Collapse(bool isMust, string column, string text, double limit, string metric) =>
        new("collapse", isMust, text, limit, findings => findings.Median("collapse", column, metric));

    private static double? RedisLatency(Findings findings) =>
        findings.Median("redis", RedisMeasurement.FromRedis, Metrics.P50)
        / (findings.Median("redis", RedisMeasurement.BareGet, Metrics.P50)
            + findings.Median("redis", RedisMeasurement.FromMemory, Metrics.P50));

    private static double? PerEntry(Findings findings) => findings.Median("memory", MemoryMeasurement.Packed, Metrics.HeapPerEntry);

    private static double? Allocated(Findings findings) =>
        findings.Median("hot", Names.Gateway, Metrics.Allocated) - findings.Median("hot", Names.Bare, Metrics.Allocated);
}
