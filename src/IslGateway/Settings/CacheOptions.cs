using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Section <c>Cache</c>: what is kept, how long and for whom.</summary>
internal sealed class CacheOptions
{
    /// <summary>Whether the cache answers, only observes, or is off.</summary>
    public CacheMode Mode { get; init; } = CacheMode.On;

    /// <summary>How long an entry is fresh unless its row says otherwise; 1 h is the guide's.</summary>
    [DurationRange("10ms", "365d")]
    public TimeSpan DefaultTtl { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long past its freshness an entry of the same epoch may stand in for ISL.</summary>
    [DurationRange("0s", "365d")]
    public TimeSpan StaleTtl { get; init; } = TimeSpan.FromDays(1);

    /// <summary>Share of the lifetime, 0 to 0.5, by which expiry is spread, only ever earlier.</summary>
    [NumberRange(0, 0.5)]
    public double Jitter { get; init; } = 0.1;

    /// <summary>Share of the lifetime, 0 to 0.9, before whose end a hit has the answer filled anew in the background; 0 is off.</summary>
    [NumberRange(0, 0.9)]
    public double RefreshAhead { get; init; }

    /// <summary>The tier inside the process.</summary>
    public CacheMemoryOptions Memory { get; init; } = new();

    /// <summary>Bytes of the largest answer that is kept; larger ones pass.</summary>
    [ByteSize("1B", "1GiB")]
    public long MaxEntrySize { get; init; } = 4L << 20;

    /// <summary>
    /// Conditions under which no row keeps an answer: it says in a 200 that it failed. A row's own come on top. (<c>validation/validate</c> calls
    /// a practice that is followed in part <c>partial</c>, which is no failure.)
    /// </summary>
    public string[] NeverStoreWhen { get; init; } =
    [
        "/**/error nonempty",
        "/**/errors nonempty",
        "/**/success == false",
        "/**/degraded == true",
        "/**/analysis_status is \"failed\" or \"error\" or \"degraded\" or \"partial\"",
        "/**/status is \"failed\" or \"error\" or \"degraded\"",
        "/**/status is \"partial\" and not /best_practices/*/status is \"partial\"",
    ];

    /// <summary>What asking Redis may add to a request; past it the answer counts as a miss.</summary>
    [DurationRange("1ms", "10s")]
    public TimeSpan LookupBudget { get; init; } = TimeSpan.FromMilliseconds(30);

    /// <summary>First part of every Redis key: 1 to 64 of <c>A-Z a-z 0-9 _ . -</c>.</summary>
    public string Prefix { get; init; } = "islgw";

    /// <summary>A free word in every epoch; changing it starts the cache afresh.</summary>
    public string Generation { get; init; } = "";

    /// <summary>HMAC key for the digests of keys, users and credentials; unset means plain digests.</summary>
    [Secret]
    public string? KeySecret { get; init; }

    /// <summary>Whether entries are per credential, unless a row says otherwise.</summary>
    public CredentialScope CredentialScope { get; init; } = CredentialScope.Partitioned;

    /// <summary>States that there is one gateway, so that sessions may be kept without Redis in Production.</summary>
    public bool SingleInstance { get; init; }
}
