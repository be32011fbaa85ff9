using IslGateway.Telemetry;
using IslGateway.Workflows.Warming;

namespace IslGateway.Workflows.Rollover;

/// <summary>What has come of a rollover so far.</summary>
internal sealed record RolloverProgress
{
    /// <summary>The epochs that it fills for.</summary>
    public required string Epoch { get; init; }

    /// <summary>The epochs that its requests were answered under before; empty: none that is remembered.</summary>
    public string From { get; init; } = "";

    /// <summary>When it began.</summary>
    public DateTimeOffset BegunAt { get; init; }

    /// <summary>When it ended; null: it goes on.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Requests that it asks.</summary>
    public required int Requests { get; init; }

    /// <summary>Requests that are left out because no credential of the settings may ask them.</summary>
    public int LeftOut { get; init; }

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

    /// <summary>What a rollover begins with.</summary>
    public static RolloverProgress Of(RolloverPlan plan, DateTimeOffset begunAt) => new()
    {
        Epoch = plan.Epoch,
        From = plan.From,
        BegunAt = begunAt,
        Requests = plan.Requests.Count,
        LeftOut = plan.Strangers,
    };

    /// <summary>Shows it in the metrics.</summary>
    public void TellTo(ReplayMetrics metrics)
    {
        metrics.Remaining.Set(Outcome is null ? Left : 0);
        metrics.ReportRollover(Warmed, Known, Failed, Left, LeftOut);
    }

    public RolloverProgress With(WarmingKind kind) => kind switch
    {
        WarmingKind.Warmed => this with { Warmed = Warmed + 1 },
        WarmingKind.Known => this with { Known = Known + 1 },
        _ => this with { Failed = Failed + 1 },
    };
}
