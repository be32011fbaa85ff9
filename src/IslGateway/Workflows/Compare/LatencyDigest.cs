namespace IslGateway.Workflows.Compare;

/// <summary>How long calls took, from all of them.</summary>
/// <param name="Count">Calls.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="P50">The median.</param>
/// <param name="P95">The 95th percentile.</param>
/// <param name="Max">The longest.</param>
internal sealed record LatencyDigest(int Count, TimeSpan Mean, TimeSpan P50, TimeSpan P95, TimeSpan Max)
{
    /// <summary>Null if there was none.</summary>
    public static LatencyDigest? Of(IReadOnlyCollection<TimeSpan> calls)
    {
        if (calls.Count == 0) return null;
        var sorted = calls.Order().ToArray();
        return new LatencyDigest(
            sorted.Length, TimeSpan.FromTicks((long)sorted.Average(call => call.Ticks)), At(sorted, 0.5), At(sorted, 0.95), sorted[^1]);
    }

    /// <summary>The smallest call that is not exceeded by that share of them.</summary>
    private static TimeSpan At(TimeSpan[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
