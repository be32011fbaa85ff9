using System.Text.Json.Nodes;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator.Knobs;

namespace IslGateway.FunctionalTests;

/// <summary>What a rollover asks anew is compared with what ISL said before: nobody has to ask for it.</summary>
public sealed class RolloverComparisonTests
{
    private const string Estimate = "/prediction/point_estimate";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Deployment_OfAnotherIsl_IsToldByWhatItSaysDifferently()
    {
        await using var comparison = await Comparison.StartAsync("Rollover:Enabled=true");
        await comparison.AskBothAsync();
        await comparison.Rig.IsPolledAsync();
        Assert.Null((await comparison.StatusAsync())["report"]);

        var report = await ReportAfterDeploymentAsync(comparison);
        Assert.Equal(("rollover", null), ((string?)report["kind"], (string?)report["against"]));
        Assert.Equal(("sim-0001", "sim-0003"), ((string?)report["then"]![0]!["build"], (string?)report["now"]!["build"]));
        Assert.Equal((1, 1, 0), ((int)report["equal"]!, (int)report["different"]!, (int)report["failed"]!));
        var endpoint = Comparison.Endpoint(report.AsObject(), Isl.Counterfactual);
        var difference = Assert.Single(endpoint["differences"]!.AsArray())!;
        Assert.Equal((Estimate, "number"), ((string?)difference["pointer"], (string?)difference["kind"]));
        Assert.Equal(0.2, (double)difference["relative_change"]!, 1e-9);
        var metrics = await Exposition.OfAsync(comparison.Rig.Gateway);
        Assert.Equal((1, 1, 0), (Compared(metrics, "equal"), Compared(metrics, "different"), Compared(metrics, "tolerated")));
        Assert.Equal(0, metrics.Sum("isl_gateway_compared_total", "kind=\"candidate\""));
        Assert.InRange(
            metrics["isl_gateway_compared_last_timestamp_seconds{kind=\"rollover\"}"],
            new DateTimeOffset((DateTime)report["begun_at"]!).ToUnixTimeSeconds(),
            comparison.Rig.Gateway.Time.GetUtcNow().ToUnixTimeSeconds() + 1);

        await comparison.CompareAsync();
        var status = await comparison.StatusAsync();
        Assert.Equal(("candidate", "rollover"), ((string?)status["report"]!["kind"], (string?)status["earlier"]!["kind"]));
    }

    [Theory]
    [InlineData("0.3", "tolerated", true)]
    [InlineData("0.1", "different", false)]
    public async Task Tolerance_OfTheSettings_IsThatOfTheReport(string tolerance, string result, bool passed)
    {
        await using var comparison = await Comparison.StartAsync("Rollover:Enabled=true", $"Rollover:Tolerance={tolerance}");
        await comparison.AskBothAsync();
        await comparison.Rig.IsPolledAsync();

        var report = await ReportAfterDeploymentAsync(comparison);
        Assert.Equal(tolerance, report["tolerance"]!.ToJsonString());
        Assert.Equal((1, passed ? 0 : 1, passed), (
            (int)report["different"]!, (int)report["beyond_tolerance"]!, (bool)report["passed"]!));
        Assert.Equal(1, Compared(await Exposition.OfAsync(comparison.Rig.Gateway), result));
    }

    /// <summary>Deploys an ISL whose estimates are larger by a quarter, and waits until its rollover is compared.</summary>
    private static async Task<JsonNode> ReportAfterDeploymentAsync(Comparison comparison)
    {
        comparison.Rig.Sim.Update(knobs => knobs with
        {
            Build = "sim-0003",
            Scaled = [new ScaledKnob(Isl.Counterfactual, Estimate, 1.25)],
        });

        JsonNode? report = null;
        await Eventually.TrueAsync(
            async () => (report = (await comparison.StatusAsync())["report"]) is not null && (int)report["questions"]! == 2, Soon,
            "the rollover is compared");
        return report!;
    }

    private static double Compared(Exposition metrics, string result) =>
        metrics[$"isl_gateway_compared_total{{kind=\"rollover\",result=\"{result}\"}}"];
}
