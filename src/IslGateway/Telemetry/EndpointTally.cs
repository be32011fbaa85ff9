namespace IslGateway.Telemetry;

/// <summary>What the series of one endpoint count at a moment.</summary>
internal sealed record EndpointTally
{
    /// <summary>The metric label: a row's path, or <c>other</c>.</summary>
    public required string Endpoint { get; init; }

    public required long Requests { get; init; }

    /// <summary>Those with a status ≥ 400, and those whose answer broke off.</summary>
    public required long Errors { get; init; }

    public required long Hits { get; init; }

    public required long Misses { get; init; }

    /// <summary>Requests by the word for what the cache did.</summary>
    public required IReadOnlyDictionary<string, long> ByCache { get; init; }

    /// <summary>ISL's time that hits spared.</summary>
    public required double SavedSeconds { get; init; }

    /// <summary>The time of all requests together.</summary>
    public required double LatencySeconds { get; init; }

    public required long UpstreamCalls { get; init; }

    /// <summary>The time of all calls to ISL together.</summary>
    public required double UpstreamSeconds { get; init; }

    /// <summary>In <c>Observe</c> mode: requests by what the cache would have done; empty where it never observed.</summary>
    public required IReadOnlyDictionary<string, long> Observed { get; init; }
}
