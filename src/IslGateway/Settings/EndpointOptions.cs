using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>One row <c>Endpoints:NAME</c> as configured; what is null was not set.</summary>
internal sealed class EndpointOptions
{
    /// <summary>ISL's own limit for paths of no family that it names.</summary>
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(60);

    /// <summary>How much longer than its callers an upstream call may run, since a late answer is still worth storing.</summary>
    private static readonly TimeSpan UpstreamGrace = TimeSpan.FromSeconds(5);

    /// <summary>ISL's raw path; a segment <c>{name}</c> stands for any one segment.</summary>
    [ReadAtStart]
    public string? Path { get; init; }

    /// <summary>Methods that ISL serves here; <c>POST</c> unless set.</summary>
    [ReadAtStart]
    public string[]? Methods { get; init; }

    /// <summary>What the answer depends on; <c>None</c> unless set.</summary>
    [ReadAtStart]
    public CachePolicy? Cache { get; init; }

    /// <summary>How long an entry is fresh; <c>Cache:DefaultTtl</c> unless set.</summary>
    [DurationRange("10ms", "365d")]
    public TimeSpan? Ttl { get; init; }

    /// <summary>How long past that it may stand in for ISL; <c>Cache:StaleTtl</c> unless set. Session answers never do.</summary>
    [DurationRange("0s", "365d")]
    public TimeSpan? StaleTtl { get; init; }

    /// <summary>
    /// A caller's whole wait, queueing included; <c>60s</c> unless set, ISL's own for paths it does not name. A caller's
    /// <c>X-Timeout-Ms</c> lowers it.
    /// </summary>
    [DurationRange("10ms", "1h")]
    [ReadAtStart]
    public TimeSpan? Timeout { get; init; }

    /// <summary>How long one call to ISL may take; <c>Timeout</c> + 5 s unless set.</summary>
    [DurationRange("10ms", "2h")]
    [ReadAtStart]
    public TimeSpan? UpstreamTimeout { get; init; }

    /// <summary>The same with its default filled in.</summary>
    public TimeSpan UpstreamTimeoutOrDefault => UpstreamTimeout ?? ((Timeout ?? DefaultTimeout) + UpstreamGrace);

    /// <summary>
    /// The P95 that is to be held, for alerts and for what counts as slow; exact at the bounds of <c>plot_isl_latency_seconds</c>. As
    /// shipped, the guide's.
    /// </summary>
    [DurationRange("1ms", "1h")]
    [ReadAtStart]
    public TimeSpan? LatencyTarget { get; init; }

    /// <summary>
    /// Whether a failed call is tried once more; yes on cacheable rows unless set. As shipped, no only where something changes.
    /// </summary>
    [ReadAtStart]
    public bool? Retry { get; init; }

    /// <summary>Request headers that change the answer; none that is for one hop or frames the body.</summary>
    [ReadAtStart]
    public string[]? KeyHeaders { get; init; }

    /// <summary>JSON pointers to what in the request body does not change the answer.</summary>
    [ReadAtStart]
    public string[]? IgnoreFields { get; init; }

    /// <summary>
    /// Whether the order of members is part of the question; <c>Significant</c> unless set: that it is not is a claim that somebody has
    /// checked.
    /// </summary>
    [ReadAtStart]
    public KeyOrder? KeyOrder { get; init; }

    /// <summary>Whether the answer must name ISL's configuration; <c>Required</c> unless set.</summary>
    [ReadAtStart]
    public BodyFingerprint? BodyFingerprint { get; init; }

    /// <summary>JSON pointers to the configuration fingerprint in the answer.</summary>
    [ReadAtStart]
    public string[]? FingerprintAt { get; init; }

    /// <summary>JSON pointers to the request id that ISL echoes in the answer.</summary>
    [ReadAtStart]
    public string[]? EchoedId { get; init; }

    /// <summary>JSON pointers to what differs between two computations of one answer; left out where answers are compared.</summary>
    [ReadAtStart]
    public string[]? VolatileFields { get; init; }

    /// <summary>Conditions on the answer and its request under which it is not stored, besides <c>Cache:NeverStoreWhen</c>.</summary>
    [ReadAtStart]
    public string[]? NeverStoreWhen { get; init; }

    /// <summary>
    /// Whether bodies are checked before ISL is asked, and refused with its 422; <c>None</c> unless set. For rows with a method that has a
    /// body.
    /// </summary>
    [ReadAtStart]
    public BodyValidation? Validation { get; init; }

    /// <summary>Who shares an entry; <c>Cache:CredentialScope</c> unless set.</summary>
    [ReadAtStart]
    public CredentialScope? CredentialScope { get; init; }

    /// <summary>Whose beliefs a <see cref="CachePolicy.Session"/> row depends on.</summary>
    public SessionOptions? Session { get; init; }

    /// <summary>Where the body names a number of samples, and whether the gateway may set it.</summary>
    public SamplesOptions? Samples { get; init; }
}
