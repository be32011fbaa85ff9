using IslGateway.Workflows.Warming;

namespace IslGateway.Workflows.Rollover;

/// <summary>What has come of a rollover so far.</summary>
internal sealed record RolloverProgress
{
    /// <summary>The epochs that it fills for.</summary>
    public required string Epoch { get; init; }

    /// <summary>Requests that it asks.</summary>
    public required int Requests { get; init; }

    /// <summary>ISL was asked, and its answer is stored.</summary>
    public int Warmed { get; init; }

    /// <summary>A fresh answer was there already.</summary>
    public int Known { get; init; }

    /// <summary>There is no answer that could be stored, or nobody to ask it as.</summary>
    public int Failed { get; init; }

    /// <summary>How it ended; null: it goes on.</summary>
    public RolloverOutcome? Outcome { get; init; }

    /// <summary>Requests that it has not seen to yet, or never will.</summary>
    public int Left => Requests - Warmed - Known - Failed;

    public RolloverProgress With(WarmingKind kind) => kind switch
    {
        WarmingKind.Warmed => this with { Warmed = Warmed + 1 },
        WarmingKind.Known => this with { Known = Known + 1 },
        _ => this with { Failed = Failed + 1 },
    };
}
