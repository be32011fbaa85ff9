using System.Text;
using System.Text.Json;

namespace IslGateway.Commands;

/// <summary>The rollover under way, or the last one, as <c>islgateway stats</c> shows it.</summary>
internal static class RolloverReport
{
    private const string MayBeCut = "; what is left comes back as callers ask it";

    public static void Append(StringBuilder text, JsonElement stats)
    {
        if (!IsThere(stats, "rollover", out var rollover)) return;
        text.AppendLine().AppendLine("Rollover:");
        text.AppendLine($"  {StatsReport.Text(rollover, "from") ?? "an earlier ISL"} -> {StatsReport.Text(rollover, "epoch")}");
        var (all, left) = (StatsReport.Count(rollover, "requests"), StatsReport.Count(rollover, "left"));
        text.AppendLine(
            $"  {StatsReport.Invariant(all - left)} of {StatsReport.Invariant(all)} requests seen to: "
            + $"warmed {Counted(rollover, "warmed")}, known {Counted(rollover, "known")}, failed {Counted(rollover, "failed")}"
            + (StatsReport.Count(rollover, "left_out") > 0
                ? $"; left out {Counted(rollover, "left_out")}, for want of a credential"
                : ""));
        text.AppendLine(StatsReport.Text(rollover, "outcome") is { } outcome ? $"  {WordsOf(outcome)}" : "  Under way");
        if (IsThere(stats, "previous_rollover", out var previous) && StatsReport.Text(previous, "outcome") is { } before)
            text.AppendLine($"  The one before, to {StatsReport.Text(previous, "epoch")}: {WordsOf(before)}");
    }

    private static string WordsOf(string outcome) => outcome switch
    {
        "complete" => "Complete",
        "epoch" => "Ended early: ISL has changed again",
        "time" => "⚠ Ended early: Rollover:MaxDuration was over" + MayBeCut,
        "credential" => "⚠ Ended early: ISL refuses every credential that is left of Warming:Credentials" + MayBeCut,
        "nobody" => "⚠ Nothing was asked: no kept request belongs to a credential of Warming:Credentials",
        "settings" => "Ended early: it was switched off",
        "stopping" => "Ended early: the gateway was told to stop",
        "failed" => "⚠ Ended early: it failed unexpectedly, as the log says" + MayBeCut,
        _ => $"Ended: {outcome}",
    };

    private static bool IsThere(JsonElement stats, string member, out JsonElement rollover) =>
        stats.TryGetProperty(member, out rollover) && rollover.ValueKind == JsonValueKind.Object;

    private static string Counted(JsonElement rollover, string member) => StatsReport.Invariant(StatsReport.Count(rollover, member));
}
