using System.Text.Json;
using IslGateway.Benchmarks.Measuring;

namespace IslGateway.Benchmarks.Reporting;

/// <summary>The findings for programs: every value of every round, and the verdicts.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string Of(Findings findings, IReadOnlyList<IMeasurement> measured, Circumstances circumstances) =>
        JsonSerializer.Serialize(new
        {
            circumstances,
            findings = findings.All.Select(pair => new
            {
                pair.Key.Workload,
                pair.Key.Column,
                pair.Key.Metric,
                median = findings.Median(pair.Key.Workload, pair.Key.Column, pair.Key.Metric),
                values = pair.Values,
            }),
            targets = TargetTable.All.Where(target => measured.Any(measurement => measurement.Name == target.Workload))
                .Select(target => target.Judge(findings))
                .Select(verdict => new
                {
                    verdict.Target.Workload,
                    kind = verdict.Target.IsMust ? "must" : "goal",
                    verdict.Target.Text,
                    verdict.Target.Limit,
                    verdict.Value,
                    verdict = verdict.Word,
                }),
        }, Format);
}
