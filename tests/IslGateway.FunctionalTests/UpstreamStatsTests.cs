using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator.Knobs;

namespace IslGateway.FunctionalTests;

/// <summary>What <c>/api/stats</c> tells of the way to ISL.</summary>
public sealed class UpstreamStatsTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Calls_UnderWayAndWaiting_AreCounted()
    {
        await using var rig = await Rig.StartAsync("Limits:MaxConcurrentUpstream=2", "Limits:MaxQueue=7");
        rig.Sim.Hang(Isl.Counterfactual);
        var calls = Enumerable.Range(0, 5).Select(n => rig.PostAsync(
            Isl.Counterfactual, Isl.CounterfactualBody.Replace("60", $"{60 + n}", StringComparison.Ordinal))).ToList();

        await Eventually.TrueAsync(
            async () => await StatsAsync(rig) is var (stats, _)
                && Number(stats, "queue", "length") == 3 && Number(stats, "pool", "in_use") == 2,
            Soon, "two calls are under way and three wait");
        var (stats, _) = await StatsAsync(rig);

        Assert.Equal(7, Number(stats, "queue", "limit"));
        Assert.Equal((2, 1), (Number(stats, "pool", "limit"), Number(stats, "pool", "utilization_ratio")));
        Assert.Equal(2, Number(stats, "upstream", "in_flight"));
        rig.Sim.ReleaseHang();
        foreach (var answer in await Task.WhenAll(calls)) answer.Dispose();
        await rig.HoldsNothingAsync();
        (stats, _) = await StatsAsync(rig);
        Assert.Equal((0, 0), (Number(stats, "queue", "length"), Number(stats, "upstream", "in_flight")));
    }

    [Fact]
    public async Task Upstream_TellsWhetherItIsASimulatorAndHowItsReplicasDo()
    {
        await using var rig = await Rig.StartAsync();
        var (_, text) = await StatsAsync(rig);
        Assert.Contains("\"simulated\":true", text, StringComparison.Ordinal);
        Assert.Contains("""{"replica":"isl-1","state":"ok"}""", text, StringComparison.Ordinal);
        Assert.Contains("""{"status":"ok","isl":"ok","redis":"off",""", text, StringComparison.Ordinal);

        rig.Sim.Hang("/health");
        await Eventually.TrueAsync(
            async () => (await StatsAsync(rig)).Text.Contains("""{"replica":"isl-1","state":"unresponsive"}""", StringComparison.Ordinal),
            Soon, "the replica is said to be unresponsive");
    }

    [Fact]
    public async Task Row_WhoseAnswersDrift_IsNamedAsQuarantined()
    {
        await using var rig = await Rig.StartAsync("Sentinel:Share=1");
        Assert.Contains("\"quarantines\":[]", (await StatsAsync(rig)).Text, StringComparison.Ordinal);
        (await rig.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody)).Dispose();
        rig.Sim.Update(knobs => knobs with { Drifting = [Isl.Counterfactual] });

        await rig.BecomesAsync("detail=quarantined", Isl.Counterfactual, Isl.CounterfactualBody);

        Assert.Contains(
            $$"""
            "quarantines":[{"endpoint":"{{Isl.Counterfactual}}","name":"CausalCounterfactual"}]
            """,
            (await StatsAsync(rig)).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Latencies_OfEachRequest_AreCountedByBucketAndServerErrorsApart()
    {
        await using var rig = await Rig.StartAsync();
        for (var i = 0; i < 3; i++) (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        (await rig.PostAsync(Isl.Validate, "{}")).Dispose();
        rig.Sim.Update(knobs => knobs with { Errors = [new ErrorKnob(500, null, Isl.Teach)] });
        (await rig.PostAsync(Isl.Teach, "{}")).Dispose();

        var (stats, _) = await StatsAsync(rig);

        var bounds = stats.GetProperty("latency_bounds_seconds").GetArrayLength();
        var (validate, teach) = (EndpointOf(stats, Isl.Validate), EndpointOf(stats, Isl.Teach));
        var counts = validate.GetProperty("latency").GetProperty("buckets").EnumerateArray().Select(count => count.GetInt32()).ToList();
        Assert.Equal((bounds + 1, 4), (counts.Count, counts.Sum()));
        Assert.Equal((1, 0), (validate.GetProperty("errors").GetInt32(), validate.GetProperty("server_errors").GetInt32()));
        Assert.Equal((1, 1), (teach.GetProperty("errors").GetInt32(), teach.GetProperty("server_errors").GetInt32()));
    }

    private static async Task<(JsonElement Stats, string Text)> StatsAsync(Rig rig)
    {
        var text = await rig.Gateway.ManagementClient.GetStringAsync("/api/stats", TestContext.Current.CancellationToken);
        using var document = JsonDocument.Parse(text);
        return (document.RootElement.Clone(), text);
    }

    private static JsonElement EndpointOf(JsonElement stats, string path) =>
        stats.GetProperty("endpoints").EnumerateArray().Single(endpoint => endpoint.GetProperty("endpoint").GetString() == path);

    private static double Number(JsonElement stats, string section, string member) =>
        stats.GetProperty(section).GetProperty(member).GetDouble();
}
