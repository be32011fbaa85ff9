namespace IslGateway.Workflows.Warming;

/// <summary>What came of a warming. With several credentials a line counts once for each.</summary>
internal sealed record WarmingReport
{
    public long Warmed { get; init; }

    public long Known { get; init; }

    public long Failed { get; init; }

    public long Malformed { get; init; }

    /// <summary>Whether it went without credentials, so that callers with one have no use for it.</summary>
    public bool Anonymous { get; init; }

    /// <summary>Why it ended before its last line; null: it did not.</summary>
    public string? Stopped { get; init; }

    public WarmingReport With(WarmingKind kind) => kind switch
    {
        WarmingKind.Warmed => this with { Warmed = Warmed + 1 },
        WarmingKind.Known => this with { Known = Known + 1 },
        WarmingKind.Failed => this with { Failed = Failed + 1 },
        _ => this with { Malformed = Malformed + 1 },
    };
}
