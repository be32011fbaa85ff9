namespace IslGateway.Telemetry;

/// <summary>One request that was slow for its endpoint.</summary>
internal sealed record SlowRequest
{
    /// <summary>The metric label: a row's path, or <c>other</c>.</summary>
    public required string Endpoint { get; init; }

    public required string RequestId { get; init; }

    /// <summary>Its trace in hexadecimal digits; null if it has none.</summary>
    public required string? TraceId { get; init; }

    /// <summary>When it came.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>When it ended, as a timestamp of the time provider.</summary>
    public required long EndedAt { get; init; }

    /// <summary>The status that the caller was given.</summary>
    public required int Status { get; init; }

    /// <summary>The value of <c>Cache-Status</c>.</summary>
    public required string CacheStatus { get; init; }

    /// <summary>Time from its head to the end of its answer.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>ISL's part of it.</summary>
    public required TimeSpan Upstream { get; init; }

    /// <summary>How much of it was spent waiting for a place upstream.</summary>
    public required TimeSpan Queued { get; init; }
}
