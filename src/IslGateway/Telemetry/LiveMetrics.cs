using IslGateway.Settings;

namespace IslGateway.Telemetry;

/// <summary>
/// What is not counted as it happens but looked up whenever the metrics are read. Only one reader at a time looks, so what one sets no
/// other takes away: <see cref="MetricsPage"/> sees to it.
/// </summary>
internal static class LiveMetrics
{
    /// <summary>Sets the epoch series to what replicas report now; the series of replicas and epochs that are gone are removed.</summary>
    /// <param name="metrics">Where to.</param>
    /// <param name="epochs">The epoch of each replica that has reported one.</param>
    /// <param name="age">Age of the youngest evidence; the maximum where there was none yet.</param>
    /// <param name="maxAge"><c>Isl:EpochMaxAge</c>.</param>
    public static void ReportEpochs(
        this GatewayMetrics metrics, IReadOnlyCollection<(string Replica, string? Fingerprint, string? Version, string? Build)> epochs,
        TimeSpan age, TimeSpan maxAge)
    {
        var present = epochs.Select(e => new[] { e.Replica, e.Fingerprint ?? "", e.Version ?? "", e.Build ?? "" }).ToList();
        foreach (var labels in metrics.EpochInfo.GetAllLabelValues().Where(old => !present.Any(now => now.SequenceEqual(old))))
            metrics.EpochInfo.RemoveLabelled(labels);
        foreach (var labels in present) metrics.EpochInfo.WithLabels(labels).Set(1);
        metrics.EpochAge.Set(age == TimeSpan.MaxValue ? double.PositiveInfinity : age.TotalSeconds);
        metrics.EpochMaxAge.Set(maxAge.TotalSeconds);
    }

    /// <summary>Sets what is left of ISL's rate limit, and of how much; without a series while that is not known.</summary>
    public static void ReportRateLimit(this GatewayMetrics metrics, (long Remaining, long Limit)? known)
    {
        if (known is var (remaining, limit))
        {
            metrics.RateLimitRemaining.Set(remaining);
            metrics.RateLimit.Set(limit);
        }
        else
        {
            metrics.RateLimitRemaining.Unpublish();
            metrics.RateLimit.Unpublish();
        }
    }

    /// <summary>Sets how many connections to ISL there are, and which share of the allowed ones is in use.</summary>
    public static void ReportPool(this GatewayMetrics metrics, long active, long idle, double utilization)
    {
        metrics.UpstreamConnections.WithLabels("active").Set(active);
        metrics.UpstreamConnections.WithLabels("idle").Set(idle);
        metrics.PoolUtilization.Set(utilization);
    }

    /// <summary>Sets the state of each circuit; the series of replicas that are gone are removed.</summary>
    public static void ReportCircuits(
        this GatewayMetrics metrics, IEnumerable<(string Replica, string Family, string State, bool IsIn)> circuits)
    {
        var present = circuits.ToDictionary(c => (c.Replica, c.Family, c.State), c => c.IsIn);
        foreach (var labels in metrics.CircuitState.GetAllLabelValues().Where(old => !present.ContainsKey((old[0], old[1], old[2]))))
            metrics.CircuitState.RemoveLabelled(labels);
        foreach (var ((replica, family, state), isIn) in present)
            metrics.CircuitState.WithLabels(replica, family, state).Set(isIn ? 1 : 0);
    }

    /// <summary>Sets which rows bypass the cache because their answers differ.</summary>
    public static void ReportQuarantine(this GatewayMetrics metrics, IEnumerable<(string Endpoint, bool IsHeld)> rows)
    {
        foreach (var (endpoint, held) in rows) metrics.Quarantined.WithLabels(endpoint).Set(held ? 1 : 0);
    }

    /// <summary>Sets for which rows ISL's schema is known.</summary>
    public static void ReportSchemas(this GatewayMetrics metrics, IEnumerable<(string Endpoint, bool IsKnown)> rows)
    {
        foreach (var (endpoint, known) in rows) metrics.SchemaKnown.WithLabels(endpoint).Set(known ? 1 : 0);
    }

    /// <summary>Tells whether ISL or a simulator is upstream, so that a simulator's numbers never pass for ISL's.</summary>
    public static void ReportUpstream(this GatewayMetrics metrics, bool isSimulator)
    {
        var (present, gone) = isSimulator ? ("simulator", "isl") : ("isl", "simulator");
        metrics.UpstreamInfo.RemoveLabelled(gone);
        metrics.UpstreamInfo.WithLabels(present).Set(1);
    }

    /// <summary>Tells how much the cache may do.</summary>
    public static void ReportMode(this GatewayMetrics metrics, CacheMode mode)
    {
        foreach (var known in Enum.GetValues<CacheMode>()) metrics.CacheMode.WithLabels(known.ToString()).Set(known == mode ? 1 : 0);
    }
}
