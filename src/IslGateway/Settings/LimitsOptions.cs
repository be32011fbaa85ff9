using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Limits</c>: bytes, calls and waiting that the gateway allows at once.</summary>
internal sealed class LimitsOptions
{
    /// <summary>Bytes of one request body after decoding; 10 MiB is ISL's own limit.</summary>
    [ByteSize("1B", "1GiB")]
    public long MaxRequestBodySize { get; init; } = 10L << 20;

    /// <summary>Bytes of all request and fill buffers together.</summary>
    [ByteSize("1KiB", "1024GiB")]
    public long MaxBufferedBytes { get; init; } = 256L << 20;

    /// <summary>Calls under way per replica.</summary>
    [NumberRange(1, 100_000)]
    public int MaxConcurrentUpstream { get; init; } = 16;

    /// <summary>Fills that may wait for their turn.</summary>
    [NumberRange(0, 1_000_000)]
    public int MaxQueue { get; init; } = 1024;

    /// <summary>How long a fill may wait for its turn.</summary>
    [DurationRange("0s", "1h")]
    public TimeSpan MaxQueueTime { get; init; } = TimeSpan.FromSeconds(30);
}
