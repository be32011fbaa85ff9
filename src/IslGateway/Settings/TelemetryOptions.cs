using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Telemetry</c>: what is told of single requests.</summary>
internal sealed class TelemetryOptions
{
    /// <summary>Whether each request of the data plane is logged in a line, besides failed and slow ones, which always are.</summary>
    public bool AccessLog { get; init; }

    /// <summary>
    /// A request that takes at least this long is logged as slow; on a row whose <c>LatencyTarget</c> is longer, only one that takes as
    /// long as that.
    /// </summary>
    [DurationRange("1ms", "1h")]
    public TimeSpan SlowRequestThreshold { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// The most lines a minute about slow requests, as many about failed ones, and as many about refused management calls; how many more
    /// there were is said in one line.
    /// </summary>
    [NumberRange(1, 100_000)]
    public int RequestLinesPerMinute { get; init; } = 60;

    /// <summary>How many of its slowest requests are kept for each endpoint, for <c>GET /api/requests/slow</c>.</summary>
    [NumberRange(1, 100)]
    public int SlowestRequests { get; init; } = 20;

    /// <summary>How long they are kept.</summary>
    [DurationRange("1m", "7d")]
    public TimeSpan SlowestRequestsFor { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// A file that has a line for each request to a cacheable endpoint: a short digest of its key, what the cache did, and what it cost,
    /// for <c>islgateway simulate-cache</c>; no body, user or credential. Empty: none.
    /// </summary>
    public string KeyLog { get; init; } = "";

    /// <summary>
    /// Bytes from which on that file is renamed to its name with <c>.1</c>, in place of an older one: on disk are at most twice as many.
    /// </summary>
    [ByteSize("64KiB", "64GiB")]
    public long KeyLogSize { get; init; } = 64L << 20;
}
