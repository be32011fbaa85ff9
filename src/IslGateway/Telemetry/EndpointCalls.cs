using Prometheus;

namespace IslGateway.Telemetry;

/// <summary>The calls that were made to ISL for one endpoint, by purpose; a purpose has no series before its first call.</summary>
internal sealed class EndpointCalls(GatewayMetrics families, string endpoint)
{
    private readonly Series?[] _purposes = new Series?[Enum.GetValues<CallPurpose>().Length];

    /// <summary>Counts a call.</summary>
    public void Count(CallPurpose purpose, TimeSpan took)
    {
        // Two threads may both make it: the family gives both the same children.
        var series = _purposes[(int)purpose] ??= Make(WordOf(purpose));
        series.Calls.Inc();
        series.Seconds.Inc(took.TotalSeconds);
    }

    /// <summary>What was counted, for each purpose that occurred.</summary>
    public IReadOnlyList<CallTally> Tally() =>
    [
        .. from purpose in Enum.GetValues<CallPurpose>()
           let series = _purposes[(int)purpose]
           where series is not null
           select new CallTally(WordOf(purpose), (long)series.Calls.Value, series.Seconds.Value),
    ];

    private Series Make(string purpose) =>
        new(families.UpstreamCalls.WithLabels(endpoint, purpose), families.Spent.WithLabels(endpoint, purpose));

    /// <summary>A purpose as its label says it.</summary>
    public static string WordOf(CallPurpose purpose) => purpose.ToString().ToLowerInvariant();

    private sealed record Series(Counter.Child Calls, Counter.Child Seconds);
}
