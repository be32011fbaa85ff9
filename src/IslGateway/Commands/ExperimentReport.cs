using System.Text;
using System.Text.Json;

namespace IslGateway.Commands;

/// <summary>The part of the report on experiments: an arm a line.</summary>
internal static class ExperimentReport
{
    /// <summary>Appends it; nothing where there are no experiments.</summary>
    public static void Append(StringBuilder text, IEnumerable<JsonElement> experiments)
    {
        foreach (var experiment in experiments)
        {
            var field = StatsReport.Text(experiment, "field") is { } pointer ? $", values at {pointer}" : "";
            text.AppendLine().AppendLine(
                $"Experiment {StatsReport.Text(experiment, "name")} on {StatsReport.Text(experiment, "endpoint")} "
                + $"(ms, since the start{field}):");
            if (StatsReport.Text(experiment, "paused") is { Length: > 0 } paused) text.AppendLine($"  ⚠ paused: {paused}");
            text.Append(ArmsOf(experiment));
        }
    }

    private static TextTable ArmsOf(JsonElement experiment)
    {
        var table = new TextTable("SAMPLES", "SHARE", "REQUESTS", "ERRORS", "HITS", "P50", "P95", "ISL MEAN", "VALUES", "MEAN", "STD DEV");
        foreach (var arm in StatsReport.Items(experiment, "arms"))
        {
            var (latency, upstream, values) = (Part(arm, "latency"), Part(arm, "upstream"), Part(arm, "values"));
            table.Add(
                Count(arm, "samples"), StatsReport.Percent(StatsReport.Number(arm, "share") ?? 0), Count(arm, "requests"),
                Count(arm, "errors"), Count(arm, "hits"), StatsReport.Milliseconds(latency, "p50_seconds"),
                StatsReport.Milliseconds(latency, "p95_seconds"), StatsReport.Milliseconds(upstream, "mean_seconds"),
                Count(values, "count"), Figure(values, "mean"), Figure(values, "standard_deviation"));
        }

        return table;
    }

    private static JsonElement Part(JsonElement arm, string name) => arm.TryGetProperty(name, out var part) ? part : default;

    private static string Count(JsonElement parent, string member) => StatsReport.Invariant(StatsReport.Count(parent, member));

    private static string Figure(JsonElement values, string member) =>
        StatsReport.Number(values, member) is { } number ? StatsReport.Invariant(number, "G6") : StatsReport.None;
}
