using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary><c>islgateway stats</c> as an operator types it, against a gateway that runs.</summary>
public sealed class StatsCommandTests
{
    [Fact]
    public async Task Stats_AfterTraffic_AreTheGuidesReport()
    {
        await using var rig = await Rig.StartAsync();
        var before = await RunAsync(rig, "stats", "--check");
        for (var i = 0; i < 4; i++) await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody);

        var text = await RunAsync(rig, "stats", "--check");
        var json = await RunAsync(rig, "stats", "--json");

        Assert.Equal((0, 0, 0), (before.ExitCode, text.ExitCode, json.ExitCode));
        Assert.Contains("No requests to cached endpoints yet", before.Output, StringComparison.Ordinal);
        string[] report = ["Latency Report", "P95", "Cache Statistics:", "Hits:           3 (75.0%)", "✓ Hit rate meets target"];
        foreach (var line in report) Assert.Contains(line, text.Output, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^  /api/v1/causal/validate +4 +0 +75\.0% ", text.Output);
        Assert.DoesNotContain("\e", text.Output, StringComparison.Ordinal);
        using var stats = JsonDocument.Parse(json.Output);
        var endpoint = stats.RootElement.GetProperty("endpoints").EnumerateArray()
            .Single(one => one.GetProperty("endpoint").GetString() == Isl.Validate);
        Assert.Equal("Deterministic", endpoint.GetProperty("policy").GetString());
        Assert.True(endpoint.GetProperty("latency_target_seconds").GetDouble() > 0);
        var latency = endpoint.GetProperty("latency");
        Assert.Equal(4, latency.GetProperty("count").GetInt32());
        double[] rising =
        [
            .. ((string[])["p50_seconds", "p95_seconds", "p99_seconds", "max_seconds"])
                .Select(name => latency.GetProperty(name).GetDouble()),
        ];
        Assert.Equal(rising.Order(), rising);
        Assert.True(latency.GetProperty("mean_seconds").GetDouble() > 0);
    }

    [Fact]
    public async Task Check_BelowTheTarget_Fails()
    {
        await using var rig = await Rig.StartAsync();
        await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody);

        var result = await RunAsync(rig, "stats", "--check");

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("⚠ Hit rate below 40% target", result.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Interrupt", 130)]
    [InlineData("Terminate", 0)]
    public async Task Watch_UntilTold_ShowsThemAgainAndAgain(string signal, int exitCode)
    {
        await using var rig = await Rig.StartAsync();
        await using var watch = GatewayProcess.Start(
            ["stats", "--watch", "1", "--json"],
            new Dictionary<string, string?> { ["ISLGATEWAY_URL"] = rig.Gateway.Management.ToString() });

        await Eventually.TrueAsync(
            () => watch.Output.Split('\n').Count(line => line.StartsWith("{\"version\"", StringComparison.Ordinal)) >= 3,
            TimeSpan.FromSeconds(60), "three reports are shown");
        watch.Send(signal == "Interrupt" ? UnixSignal.Interrupt : UnixSignal.Terminate);

        Assert.Equal(exitCode, await watch.WaitForExitAsync());
        Assert.DoesNotContain("Exception", watch.Output, StringComparison.Ordinal);
    }

    /// <summary>It says that the gateway is away, and goes on when that is back.</summary>
    [Fact]
    public async Task Watch_GatewayGone_SaysSoAndGoesOn()
    {
        GatewayProcess? watch = null;
        await using (var rig = await Rig.StartAsync())
        {
            watch = GatewayProcess.Start(
                ["stats", "--watch=1"], new Dictionary<string, string?> { ["ISLGATEWAY_URL"] = rig.Gateway.Management.ToString() });
            await Eventually.TrueAsync(
                () => watch.Output.Contains("Latency Report", StringComparison.Ordinal), TimeSpan.FromSeconds(60), "a report is shown");
        }

        await using (watch)
        {
            await Eventually.TrueAsync(
                () => watch.Output.Contains("No answer from http://127.0.0.1:", StringComparison.Ordinal), TimeSpan.FromSeconds(60),
                "it is said that the gateway is away");
            watch.Send(UnixSignal.Interrupt);
            Assert.Equal(130, await watch.WaitForExitAsync());
        }
    }

    [Theory]
    [InlineData(2, "--watch", "stats", "--watch=x")]
    [InlineData(2, "whole seconds from 1", "stats", "--watch=0")]
    [InlineData(2, "is no address", "stats", "--url", "localhost")]
    [InlineData(1, "No answer from http://127.0.0.1:1", "stats", "--url", "http://127.0.0.1:1")]
    [InlineData(0, "islgateway stats --watch 5", "stats", "--help")]
    public async Task Usage_WhenWrong_IsSaid(int exitCode, string said, params string[] arguments)
    {
        var result = await GatewayProcess.RunAsync(arguments);

        Assert.Equal(exitCode, result.ExitCode);
        Assert.Contains(said, result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_OfTheDataPlane_IsToldApart()
    {
        await using var rig = await Rig.StartAsync();

        var result = await GatewayProcess.RunAsync(["stats", "--url", rig.Gateway.Address.ToString()]);

        Assert.Equal(1, result.ExitCode);
        Assert.Contains("not as a gateway's management listener does", result.Output, StringComparison.Ordinal);
    }

    private static Task<ProcessResult> RunAsync(Rig rig, params string[] arguments) => GatewayProcess.RunAsync(
        arguments, new Dictionary<string, string?> { ["ISLGATEWAY_URL"] = rig.Gateway.Management.ToString() });
}
