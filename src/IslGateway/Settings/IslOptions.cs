using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Isl</c>: where ISL is and how it is polled and connected to.</summary>
internal sealed class IslOptions
{
    /// <summary>
    /// ISL's http or https address, or several separated by <c>;</c>. Unset in Development: the embedded simulator; anywhere else the
    /// process does not start.
    /// </summary>
    [ReadAtStart]
    public string? BaseUrl { get; init; }

    /// <summary>The addresses in <see cref="BaseUrl"/>, in order; empty when it is unset.</summary>
    public IReadOnlyList<Uri> BaseUrls => field ??= ReplicaAddresses.Split(BaseUrl);

    /// <summary>How the replicas are found.</summary>
    [ReadAtStart]
    public IslDiscovery Discovery { get; init; } = IslDiscovery.Static;

    /// <summary>The public path of ISL that names its configuration.</summary>
    public string HealthPath { get; init; } = "/health";

    /// <summary>Time between two background polls of one replica.</summary>
    [DurationRange("50ms", "1h")]
    public TimeSpan HealthInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>How long one poll may take. ISL computes one request at a time, and its health answer waits in the same line.</summary>
    [DurationRange("10ms", "10m")]
    public TimeSpan HealthTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>How long the start waits for the first health reports, so that the first requests find a configuration known.</summary>
    [DurationRange("0s", "10m")]
    [ReadAtStart]
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Without younger evidence of ISL's configuration there are no fresh hits; what is stored may then stand in, labelled stale.
    /// </summary>
    [DurationRange("100ms", "1d")]
    public TimeSpan EpochMaxAge { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// Connections per replica in the pool; calls that need a connection of their own have as many beside it. 100 is the guide's pool.
    /// </summary>
    [NumberRange(1, 100_000)]
    [ReadAtStart]
    public int MaxConnections { get; init; } = 100;

    /// <summary>How long an unused connection is kept; ISL closes its side after 5 s.</summary>
    [DurationRange("100ms", "1h")]
    [ReadAtStart]
    public TimeSpan IdleTimeout { get; init; } = TimeSpan.FromSeconds(4);

    /// <summary>How long a connection is used, busy or not: behind one address a new deployment must come to be asked.</summary>
    [DurationRange("100ms", "1d")]
    [ReadAtStart]
    public TimeSpan ConnectionLifetime { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// How long opening a connection may take, looking up the name included. Of a name's addresses the next is tried 250 ms after the one
    /// before.
    /// </summary>
    [DurationRange("10ms", "1m")]
    [ReadAtStart]
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>HTTP version towards ISL: <c>1.1</c>, or <c>2</c> for clear-text HTTP/2 with prior knowledge.</summary>
    [OneOf("1.1", "2")]
    [ReadAtStart]
    public string HttpVersion { get; init; } = "1.1";

    /// <summary>
    /// Bodies from this size are announced with <c>Expect: 100-continue</c>, so that a refusal (413, 401) arrives before they are sent;
    /// <c>0</c>: never.
    /// </summary>
    [ByteSize("0B", "1GiB")]
    public long ExpectContinueFrom { get; init; } = 1L << 20;

    /// <summary>
    /// PEM file of the roots that alone may sign the certificate of an <c>https</c> address; unset: those that the machine trusts.
    /// </summary>
    [ReadAtStart]
    public string? CaFile { get; init; }

    /// <summary>Answers <c>GET /health</c> on the data plane from the last poll: the guide's client asks it before every lookup.</summary>
    public bool ServeHealthFromPoll { get; init; }
}
