namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Prometheus's own judge of an exposition: syntax first, then naming and help (exit code 3 for lint alone).</summary>
internal static class Promtool
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(120);

    public static bool IsAvailable => Processes.FindOnPath("promtool") is not null;

    public static void RequireOrSkip() => Assert.SkipUnless(IsAvailable, "needs promtool: apt-get install prometheus");

    public static Task<ProcessResult> CheckMetricsAsync(string metricsText) =>
        Processes.RunAsync("promtool", ["check", "metrics"], metricsText, Timeout);
}
