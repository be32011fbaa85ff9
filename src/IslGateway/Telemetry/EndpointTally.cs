namespace IslGateway.Telemetry;

/// <summary>The counts of one endpoint's series at one moment.</summary>
internal sealed record EndpointTally
{
    /// <summary>The metric label: a row's path, or <c>other</c>.</summary>
    public required string Endpoint { get; init; }

    public required long Requests { get; init; }

    /// <summary>Requests with a status ≥ 400, and those whose answer broke off.</summary>
    public required long Errors { get; init; }

    public required long Hits { get; init; }

    public required long Misses { get; init; }

    /// <summary>Requests by the word for what the cache did.</summary>
    public required IReadOnlyDictionary<string, long> ByCache { get; init; }

    /// <summary>ISL's time that hits saved.</summary>
    public required double SavedSeconds { get; init; }

    /// <summary>Sum of the time of all requests.</summary>
    public required double LatencySeconds { get; init; }

    public required long UpstreamCalls { get; init; }

    /// <summary>Sum of the time of all calls to ISL.</summary>
    public required double UpstreamSeconds { get; init; }

    /// <summary>In <c>Observe</c> mode: requests by what the cache would have done; empty if nothing was observed.</summary>
    public required IReadOnlyDictionary<string, long> Observed { get; init; }
}
