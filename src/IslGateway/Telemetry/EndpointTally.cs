namespace IslGateway.Telemetry;

/// <summary>The counts of one endpoint's series at one moment.</summary>
internal sealed record EndpointTally
{
    /// <summary>The metric label: a row's path, or <c>other</c>.</summary>
    public required string Endpoint { get; init; }

    public required long Requests { get; init; }

    /// <summary>Requests with a status ≥ 400, and those whose answer broke off.</summary>
    public required long Errors { get; init; }

    /// <summary>Requests with a status ≥ 500.</summary>
    public required long ServerErrors { get; init; }

    public required long Hits { get; init; }

    public required long Misses { get; init; }

    /// <summary>Requests by the word for what the cache did.</summary>
    public required IReadOnlyDictionary<string, long> ByCache { get; init; }

    /// <summary>ISL's time that hits and collapsed requests saved.</summary>
    public required double SavedSeconds { get; init; }

    /// <summary>Sum of the time of all requests.</summary>
    public required double LatencySeconds { get; init; }

    public required LatencySummary Latency { get; init; }

    /// <summary>Requests by their time: see <see cref="LatencyHistogram.Counts"/>.</summary>
    public required IReadOnlyList<long> LatencyBuckets { get; init; }

    /// <summary>The calls to ISL by purpose.</summary>
    public required IReadOnlyList<CallTally> Calls { get; init; }

    /// <summary>All calls to ISL but polls of its health, which are for no endpoint.</summary>
    public long UpstreamCalls => Computing.Sum(call => call.Calls);

    /// <summary>Sum of their time.</summary>
    public double UpstreamSeconds => Computing.Sum(call => call.Seconds);

    /// <summary>In <c>Observe</c> mode: requests by what the cache would have done; empty if nothing was observed.</summary>
    public required IReadOnlyDictionary<string, long> Observed { get; init; }

    private IEnumerable<CallTally> Computing => Calls.Where(call => call.Purpose != EndpointCalls.WordOf(CallPurpose.Poll));
}
