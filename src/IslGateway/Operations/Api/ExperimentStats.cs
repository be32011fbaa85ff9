using IslGateway.Telemetry;
using IslGateway.Workflows.Experiments;

namespace IslGateway.Operations.Api;

/// <summary>The part of <c>GET /api/stats</c> on experiments: what became of each arm's requests since the start.</summary>
internal sealed class ExperimentStats(ExperimentSet experiments)
{
    /// <summary>The part; its members are written under their own names.</summary>
    public IEnumerable<object> Report() => experiments.All.Select(experiment => new
    {
        name = experiment.Name,
        endpoint = experiment.Row.Name,
        path = experiment.Row.Path,
        field = experiment.Field?.Text,
        running = experiments.Runs(experiment),
        paused = experiment.Paused,
        arms = experiment.Arms.Select(Arm),
    });

    private static object Arm(Arm arm)
    {
        var tally = arm.Metrics.Tally();
        return new
        {
            arm = arm.Name,
            samples = arm.Samples,
            share = arm.Share,
            requests = tally.Requests,
            errors = tally.Errors,
            hits = tally.Hits,
            latency = Latency(tally.Latency),
            upstream = Latency(tally.Upstream),
            values = new
            {
                count = tally.Values.Count,
                mean = tally.Values.Mean,
                variance = tally.Values.Variance,
                standard_deviation = tally.Values.Variance is { } variance ? Math.Sqrt(variance) : (double?)null,
                min = tally.Values.Min,
                max = tally.Values.Max,
            },
        };
    }

    private static object Latency(LatencySummary latency) => new
    {
        count = latency.Count,
        mean_seconds = Rounded(latency.Mean),
        p50_seconds = Rounded(latency.P50),
        p95_seconds = Rounded(latency.P95),
        p99_seconds = Rounded(latency.P99),
        max_seconds = Rounded(latency.Max),
    };

    private static double? Rounded(double? seconds) => seconds is { } known ? Math.Round(known, 6) : null;
}
