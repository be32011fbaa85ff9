namespace IslGateway.FunctionalTests.Infrastructure;

public sealed class ProcessesTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task ChildProcess_Terminated_RunsItsHandlerAndTellsItsExitCode()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs Unix signals");
        await using var child = Processes.Start(
            "sh", ["-c", "trap 'echo bye; exit 7' TERM; echo ready; while :; do read -r line || sleep 0.05; done"]);
        Assert.Equal("ready", await child.WaitForLineAsync("ready", Soon));
        Assert.False(child.HasExited);

        child.Terminate();

        Assert.Equal(7, await child.WaitForExitAsync(Soon));
        Assert.Equal("ready\nbye", child.Output);
    }

    [Fact]
    public async Task ChildProcess_EndsWithoutTheLine_FailsWithWhatItWrote()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs sh");
        await using var child = Processes.Start(
            "sh", ["-c", "echo \"$REASON\" >&2; exit 3"], new Dictionary<string, string?> { ["REASON"] = "port taken" });

        var failure = await Assert.ThrowsAsync<InvalidOperationException>(() => child.WaitForLineAsync("ready", Soon));

        Assert.Contains("port taken", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Promtool_Judges()
    {
        Promtool.RequireOrSkip();

        var good = await Promtool.CheckMetricsAsync("# HELP a_total Things.\n# TYPE a_total counter\na_total 1\n");
        var bad = await Promtool.CheckMetricsAsync("a_total one\n");

        Assert.True(good is { ExitCode: 0, Output: "" }, good.ToString());
        Assert.NotEqual(0, bad.ExitCode);
        Assert.NotEqual("", bad.Output);
    }

    [Fact]
    public async Task Eventually_NeverTrue_FailsNamingWhatWasAwaited()
    {
        var failure = await Assert.ThrowsAnyAsync<Exception>(
            () => Eventually.TrueAsync(() => false, TimeSpan.FromMilliseconds(50), "pigs fly"));

        Assert.Contains("pigs fly", failure.Message, StringComparison.Ordinal);
    }
}
