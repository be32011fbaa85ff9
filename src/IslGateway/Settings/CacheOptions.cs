using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Cache</c>: what is kept, how long and for whom.</summary>
internal sealed class CacheOptions
{
    /// <summary>How much the cache may do: the way to roll out and back.</summary>
    public CacheMode Mode { get; init; } = CacheMode.On;

    /// <summary>How long an entry is fresh unless its row says otherwise; 1 h is the guide's.</summary>
    [DurationRange("10ms", "365d")]
    public TimeSpan DefaultTtl { get; init; } = TimeSpan.FromHours(1);

    /// <summary>
    /// How long past its freshness an entry of the same configuration may stand in for an ISL that fails; <c>0s</c>: never.
    /// </summary>
    [DurationRange("0s", "365d")]
    public TimeSpan StaleTtl { get; init; } = TimeSpan.FromDays(1);

    /// <summary>
    /// How long a caller waits for ISL where a stored answer may stand in; then it has that one, labelled, and the call to ISL goes on.
    /// <c>0s</c>: at once; <c>off</c>: until the caller's own deadline.
    /// </summary>
    [DurationRange("0s", "1d", AcceptsOff = true)]
    public TimeSpan StaleAfter { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>Share of the lifetime, 0 to 0.5, by which expiry is spread, only ever earlier.</summary>
    [NumberRange(0, 0.5)]
    public double Jitter { get; init; } = 0.1;

    /// <summary>
    /// In the last such share of an entry's lifetime, 0 to 0.9, a hit has the answer computed anew in the background; <c>0</c> is off.
    /// </summary>
    [NumberRange(0, 0.9)]
    public double RefreshAhead { get; init; }

    /// <summary>The tier inside the process.</summary>
    public CacheMemoryOptions Memory { get; init; } = new();

    /// <summary>Bytes of the largest answer that is stored; larger ones pass.</summary>
    [ByteSize("1B", "1GiB")]
    public long MaxEntrySize { get; init; } = 4L << 20;

    /// <summary>
    /// Bytes of requests to deterministic rows that are kept to be asked again (rollover, compare): those asked most often whose answers
    /// took ISL longest. They hold what callers sent. <c>0</c>: none is kept.
    /// </summary>
    [ByteSize("0B", "64GiB")]
    public long KeepRequests { get; init; }

    /// <summary>
    /// Conditions under which no row stores an answer, because it says in a 200 that it failed; rows add their own. A list given here takes
    /// the place of this one. (<c>validation/validate</c> calls a practice that is followed in part <c>partial</c>, which is no failure.)
    /// </summary>
    [ReadAtStart]
    public string[] NeverStoreWhen { get; init; } =
    [
        "/**/error nonempty",
        "/**/errors nonempty",
        "/**/error_code nonempty",
        "/**/error_message nonempty",
        "/**/exception nonempty",
        "/code contains \"ISL_\"",
        "/**/timed_out == true",
        "/**/success == false",
        "/**/degraded == true",
        "/**/analysis_status is \"failed\" or \"error\" or \"degraded\" or \"partial\" or \"timeout\" or \"timed_out\"",
        "/**/status is \"failed\" or \"error\" or \"degraded\" or \"timeout\" or \"timed_out\"",
        "/**/status is \"partial\" and not /best_practices/*/status is \"partial\"",
    ];

    /// <summary>How long Redis may be silent, to anybody, while a request waits for it; past it the answer counts as a miss.</summary>
    [DurationRange("1ms", "10s")]
    public TimeSpan LookupBudget { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>
    /// What asking Redis may add to a request that only waits its turn, while Redis replies to others; at least <c>Cache:LookupBudget</c>.
    /// </summary>
    // The client itself gives up what is not answered in a second, or in a longer budget.
    [DurationRange("1ms", "1s")]
    public TimeSpan LookupLimit { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>
    /// How long Redis may be silent while an answer is written to it, for which no request waits; past it that one is not shared.
    /// </summary>
    // The client itself gives up what is not answered in 5 s.
    [DurationRange("10ms", "5s")]
    public TimeSpan WriteBudget { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>First part of every Redis key: 1 to 64 of <c>A-Z a-z 0-9 _ . -</c>.</summary>
    [ReadAtStart]
    public string Prefix { get; init; } = "islgw";

    /// <summary>
    /// Part of every name in Redis, so that the gateways of two ISLs share nothing; unset: <c>Isl:BaseUrl</c>, however it is spelt.
    /// Gateways that reach one ISL by different names set the same word.
    /// </summary>
    [ReadAtStart]
    public string? Scope { get; init; }

    /// <summary>Any word, part of every epoch; changing it starts the cache afresh.</summary>
    public string Generation { get; init; } = "";

    /// <summary>HMAC key for the digests of keys, users and credentials; unset means plain digests.</summary>
    [Secret]
    public string? KeySecret { get; init; }

    /// <summary>
    /// Keys of 256 bits in base64, the newest first, at most 8: answers in Redis are encrypted with AES-256-GCM, and what proves
    /// credentials and configurations is signed. The first seals, all of them open. They follow a change, but to take them all away takes
    /// a restart. Empty: all is stored in clear text.
    /// </summary>
    [Secret]
    public string[] EncryptionKeys { get; init; } = [];

    /// <summary>Who shares an entry, unless a row says otherwise.</summary>
    [ReadAtStart]
    public CredentialScope CredentialScope { get; init; } = CredentialScope.Partitioned;

    /// <summary>States that there is one gateway, so that session answers may be cached without Redis in Production.</summary>
    public bool SingleInstance { get; init; }
}
