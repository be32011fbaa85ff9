using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Limits</c>: bytes, calls, connections and waiting that the gateway allows at once.</summary>
internal sealed class LimitsOptions
{
    /// <summary>Bytes of one request body after decoding: beyond it 413. 10 MiB is ISL's own limit.</summary>
    [ByteSize("1B", "1GiB")]
    public long MaxRequestBodySize { get; init; } = 10L << 20;

    /// <summary>Bytes of all bodies and answers in flight together: beyond it 503.</summary>
    [ByteSize("1KiB", "1024GiB")]
    public long MaxBufferedBytes { get; init; } = 256L << 20;

    /// <summary>Calls for cacheable answers under way per replica.</summary>
    [NumberRange(1, 100_000)]
    public int MaxConcurrentUpstream { get; init; } = 16;

    /// <summary>Such calls that may wait for their turn: beyond it 503.</summary>
    [NumberRange(0, 1_000_000)]
    public int MaxQueue { get; init; } = 1024;

    /// <summary>How long one may wait for its turn: beyond it, or where the queue's pace leaves no hope of a turn by then, 503.</summary>
    [DurationRange("0s", "1h")]
    public TimeSpan MaxQueueTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Connections of callers at once; one more is closed at once. The management listener's do not count.</summary>
    [NumberRange(1, 1_000_000)]
    public int MaxConnections { get; init; } = 10_000;

    /// <summary>
    /// Bytes that a connection may hold unread and, again, unsent; at least <c>Limits:MaxRequestHeadersSize</c>.
    /// </summary>
    [ByteSize("16KiB", "16MiB")]
    [ReadAtStart]
    public long MaxConnectionBuffer { get; init; } = 64L << 10;

    /// <summary>Bytes of a request's line and headers together: beyond it 431, or 414 for the line alone.</summary>
    [ByteSize("1KiB", "1MiB")]
    [ReadAtStart]
    public long MaxRequestHeadersSize { get; init; } = 32L << 10;

    /// <summary>How long a request's headers may take to arrive: beyond it 408.</summary>
    [DurationRange("1s", "1h")]
    [ReadAtStart]
    public TimeSpan RequestHeadersTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long an idle connection is kept. Longer than a balancer's own, which is 60 s most often.</summary>
    [DurationRange("1s", "1h")]
    [ReadAtStart]
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// Bytes per second, on average: a body that comes slower is 408, an answer that is taken slower is cut off. <c>0</c>: any.
    /// </summary>
    [ByteSize("0B", "1GiB")]
    [ReadAtStart]
    public long MinTransferRate { get; init; } = 1L << 10;

    /// <summary>How long a transfer may be slower than that.</summary>
    [DurationRange("2s", "1h")]
    [ReadAtStart]
    public TimeSpan RateGracePeriod { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Requests at once on one HTTP/2 connection. No fewer than 100: clients take those for granted before they are told, and a burst
    /// beyond the limit costs them the connection.
    /// </summary>
    [NumberRange(100, 10_000)]
    [ReadAtStart]
    public int MaxStreamsPerConnection { get; init; } = 100;

    /// <summary>
    /// Bytes of buffers in which one body of <see cref="MaxRequestBodySize"/> finds room, unless it is made not to: 1 as received, up to
    /// 3.75 while its key is made (short strings and numbers take more room there, and the buffer that they outgrow is held while it is
    /// copied), and what is left for the body as it came in a content coding. Later it is 3 at the most, once for ISL. Small buffers are
    /// rounded up.
    /// </summary>
    public long RoomForOneBody() => 5 * Math.Max(MaxRequestBodySize, 64 * 1024);
}
