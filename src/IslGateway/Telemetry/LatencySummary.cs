namespace IslGateway.Telemetry;

/// <summary>The latency report's line of one endpoint, in seconds; without requests only the count.</summary>
/// <param name="Count">Requests.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="P50">The median, estimated from buckets like the other quantiles.</param>
/// <param name="P95">The 95th percentile.</param>
/// <param name="P99">The 99th percentile.</param>
/// <param name="Max">The largest, exactly.</param>
internal sealed record LatencySummary(long Count, double? Mean, double? P50, double? P95, double? P99, double? Max);
