using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using IslGateway.Commands;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using IslSimulator.Knobs;

namespace IslGateway.FunctionalTests;

/// <summary>Experiments: the same body always the same arm, transparent otherwise, and what becomes of each arm is told.</summary>
public sealed class ExperimentTests(RedisFixture redis)
{
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string Hit = "detail=memory";
    private const string Experiment = "X-Isl-Experiment";

    private static readonly string[] On =
    [
        "Experiments:guide:Endpoint=CausalCounterfactual", "Experiments:guide:Field=/prediction/point_estimate",
        "Experiments:guide:Arms:0:Samples=500", "Experiments:guide:Arms:0:Share=0.5",
        "Experiments:guide:Arms:1:Samples=1000", "Experiments:guide:Arms:1:Share=0.5",
    ];

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Request_ThatNamesNoNumber_HasTheNumberOfItsArm()
    {
        await using var rig = await PrecisionRig.StartAsync(On);
        var arms = new HashSet<string>();
        for (var n = 0; n < 20; n++)
        {
            using var first = await rig.PostAsync(Isl.Counterfactual, Body(n));
            using var again = await rig.PostAsync(Isl.Counterfactual, " " + Body(n));
            var arm = ArmOf(first)!;
            Assert.Matches("^guide=(500|1000)$", arm);
            Assert.Equal((Stored, arm), (first.CacheStatus(), ArmOf(again)));
            Assert.EndsWith(Hit, again.CacheStatus(), StringComparison.Ordinal);
            var samples = arm["guide=".Length..];
            Assert.Equal(samples, first.Headers.GetValues("X-Isl-Samples").Single());
            Assert.Equal($"{Body(n)[..^1]},\"num_samples\":{samples}}}", rig.Sim.LastCalls(Isl.Counterfactual)[^1].BodyText);
            arms.Add(arm);
        }

        Assert.Equal((2, 20), (arms.Count, rig.Sim.Calls(Isl.Counterfactual)));
    }

    [Theory]
    [InlineData("""{"model":{"q":1},"intervention":{"Price":60},"outcome":"R","num_samples":777}""")]
    [InlineData("""{"model":{"q":1},"intervention":{"Price":60},"outcome":"R"}""", "X-Isl-Confidence: 0.99")]
    [InlineData("""{"model":{"q":1},"model":{"q":1},"intervention":{"Price":60},"outcome":"R"}""")]
    [InlineData("""{"model":{"q":1},"intervention":{"Price":60},"outcome":"R","num_samples":"777"}""")]
    [InlineData("[1]")]
    public async Task Request_ThatChoosesItselfOrCannotBeRead_TakesNoPart(string body, params string[] headers)
    {
        await using var rig = await PrecisionRig.StartAsync(On);
        using var response = await rig.PostAsync(Isl.Counterfactual, body, headers);
        Assert.Null(ArmOf(response));
        var sent = rig.Sim.LastCalls(Isl.Counterfactual)[^1].BodyText;
        if (headers.Length == 0) Assert.Equal(body, sent);
        else Assert.EndsWith(",\"num_samples\":2000}", sent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OtherEndpoints_WithAnExperimentElsewhere_AreAsEver()
    {
        await using var rig = await PrecisionRig.StartAsync(On);
        using var response = await rig.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.Equal((Stored, null), (response.CacheStatus(), ArmOf(response)));
        Assert.Equal(Isl.ValidateBody, Assert.Single(rig.Sim.LastCalls(Isl.Validate)).BodyText);
    }

    [Fact]
    public async Task Arms_AtAnotherGateway_AreTheSame()
    {
        var settings = On.Concat([$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"]).ToArray();
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var one = await PrecisionRig.GatewayAsync(isl, settings);
        await using var other = await PrecisionRig.GatewayAsync(isl, settings);
        for (var n = 0; n < 10; n++)
        {
            using var first = await one.Client.PostAsync(Isl.Counterfactual, Body(n));
            using var second = await other.Client.PostAsync(Isl.Counterfactual, Body(n));
            Assert.Equal(ArmOf(first), ArmOf(second));
        }
    }

    [Fact]
    public async Task AtLeast_WithoutANumber_IsServedItsOwnArmOnly()
    {
        await using var rig = await PrecisionRig.StartAsync(On);
        using (var rich = await rig.PostAsync(Isl.Counterfactual, Body(1)[..^1] + ",\"num_samples\":10000}"))
            Assert.Equal(Stored, rich.CacheStatus());
        using var response = await rig.PostAsync(Isl.Counterfactual, Body(1), "X-Isl-Precision: at-least");
        Assert.Equal(Stored, response.CacheStatus());
        Assert.NotNull(ArmOf(response));
    }

    [Fact]
    public async Task Experiment_WhereIslDoesNotDeclareTheField_IsPausedUntilItDoes()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        isl.State.Update(knobs => knobs with { DeclareSamples = false });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, [PrecisionRig.On, .. On]);
        await Eventually.TrueAsync(
            async () => (await ReadyAsync(gateway)).Contains(
                "The experiment guide is paused: ISL's schema declares no /num_samples", StringComparison.Ordinal),
            Soon, "readiness says that it is paused");
        using (var response = await gateway.Client.PostAsync(Isl.Counterfactual, Body(1)))
            Assert.Equal((Stored, null), (response.CacheStatus(), ArmOf(response)));
        Assert.Equal(Body(1), Assert.Single(isl.State.LastCalls(Isl.Counterfactual)).BodyText);
        Assert.Equal(0, (await Exposition.OfAsync(gateway)).Sum("isl_gateway_experiment_running", "experiment=\"guide\""));

        // Another build is another schema.
        isl.State.Update(knobs => knobs with { DeclareSamples = true, Build = "sim-other" });
        await gateway.KnowsBuildAsync("sim-other");
        await PrecisionRig.KnowsSamplesAsync(gateway);
        using var later = await gateway.Client.PostAsync(Isl.Counterfactual, Body(1));
        Assert.NotNull(ArmOf(later));
        Assert.DoesNotContain("paused", await ReadyAsync(gateway), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Experiment_ThatBeginsToRun_DoesNotServeWhatWasStoredWithoutIt()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        isl.State.Update(knobs => knobs with { RawBodies = [new RawBodyKnob("/openapi.json", "busy", "text/plain", 503)] });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, [PrecisionRig.On, .. On]);
        using (var before = await gateway.Client.PostAsync(Isl.Counterfactual, Body(1)))
            Assert.Equal((Stored, null), (before.CacheStatus(), ArmOf(before)));
        isl.State.Update(knobs => knobs with { RawBodies = [] });
        await PrecisionRig.KnowsSamplesAsync(gateway);
        using var after = await gateway.Client.PostAsync(Isl.Counterfactual, Body(1));
        Assert.Equal(Stored, after.CacheStatus());
        Assert.NotNull(ArmOf(after));
    }

    [Fact]
    public async Task Warming_OfAnExperimentsEndpoint_StoresWhatCallersWillAskForAndCountsNobody()
    {
        await using var rig = await PrecisionRig.StartAsync(On);
        using var warmed = await rig.Gateway.ManagementClient.PostAsync(
            "/api/cache/warm", new StringContent($$"""{"path":"{{Isl.Counterfactual}}","body":{{Body(1)}}}"""),
            TestContext.Current.CancellationToken);
        Assert.Contains("\"status\":200", await warmed.TextAsync(), StringComparison.Ordinal);
        using var response = await rig.PostAsync(Isl.Counterfactual, Body(1));
        Assert.EndsWith(Hit, response.CacheStatus(), StringComparison.Ordinal);
        Assert.NotNull(ArmOf(response));
        await Eventually.TrueAsync(
            async () => Arms(await StatsAsync(rig.Gateway)).Sum(arm => arm.GetProperty("requests").GetInt64()) == 1,
            Soon, "the caller's request is counted, the warming one is not");
    }

    [Fact]
    public async Task Experiment_WithTheCacheOff_IsPaused()
    {
        await using var rig = await PrecisionRig.StartAsync([.. On, "Cache:Mode=Off"]);
        using var response = await rig.PostAsync(Isl.Counterfactual, Body(1));
        Assert.Null(ArmOf(response));
        Assert.Equal(Body(1), Assert.Single(rig.Sim.LastCalls(Isl.Counterfactual)).BodyText);
    }

    [Fact]
    public async Task Report_OfAnExperiment_HasRequestsErrorsLatencyAndSpreadOfEachArm()
    {
        await using var rig = await PrecisionRig.StartAsync(On);
        var values = new Dictionary<string, List<double>> { ["500"] = [], ["1000"] = [] };
        for (var n = 0; n < 16; n++)
        {
            // Asked twice: a hit says nothing new of ISL's numbers.
            for (var round = 0; round < 2; round++)
            {
                using var response = await rig.PostAsync(Isl.Counterfactual, Body(n));
                if (round > 0) continue;
                var answer = JsonNode.Parse(await response.TextAsync())!;
                values[ArmOf(response)!["guide=".Length..]].Add((double)answer["prediction"]!["point_estimate"]!);
            }
        }

        rig.Sim.Fail(422, count: 1, path: Isl.Counterfactual);
        using var failed = await rig.PostAsync(Isl.Counterfactual, Body(100));
        Assert.NotNull(ArmOf(failed));
        Assert.Equal(HttpStatusCode.UnprocessableEntity, failed.StatusCode);

        JsonElement report = default;
        await Eventually.TrueAsync(
            async () => Arms(report = await StatsAsync(rig.Gateway)).Sum(arm => arm.GetProperty("requests").GetInt64()) == 33,
            Soon, "all requests are counted");
        Assert.Equal(1, Arms(report).Sum(arm => arm.GetProperty("errors").GetInt64()));
        Assert.Equal(16, Arms(report).Sum(arm => arm.GetProperty("hits").GetInt64()));
        var metrics = await Exposition.OfAsync(rig.Gateway);
        foreach (var arm in Arms(report))
        {
            var label = arm.GetProperty("arm").GetString()!;
            var (expected, found) = (values[label], arm.GetProperty("values"));
            Assert.Equal(expected.Count, found.GetProperty("count").GetInt32());
            Assert.Equal(expected.Average(), found.GetProperty("mean").GetDouble(), 6);
            var variance = expected.Sum(value => Math.Pow(value - expected.Average(), 2)) / (expected.Count - 1);
            Assert.Equal(variance, found.GetProperty("variance").GetDouble(), 4);
            Assert.Equal(arm.GetProperty("requests").GetInt64(), arm.GetProperty("latency").GetProperty("count").GetInt64());
            string[] labels = ["experiment=\"guide\"", $"arm=\"{label}\""];
            Assert.Equal(arm.GetProperty("requests").GetInt64(), metrics.Sum("isl_gateway_experiment_requests_total", labels));
            Assert.Equal(arm.GetProperty("requests").GetInt64(), metrics.Sum("isl_gateway_experiment_latency_seconds_count", labels));
            Assert.Equal(expected.Count, metrics.Sum("isl_gateway_experiment_values_total", labels));
            Assert.Equal(expected.Average(), metrics.Sum("isl_gateway_experiment_value_mean", labels), 4);
            Assert.Equal(variance, metrics.Sum("isl_gateway_experiment_value_variance", labels), 2);
        }

        Assert.Equal(1, metrics.Sum("isl_gateway_experiment_running", "experiment=\"guide\""));
        var text = StatsReport.Of(await AllStatsAsync(rig.Gateway), "here");
        Assert.Contains("Experiment guide on CausalCounterfactual (ms, since the start, values at /prediction/point_estimate):", text,
            StringComparison.Ordinal);
        Assert.Contains("SAMPLES", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ExplainAndBatch_OfARequestThatTakesPart_SaySo()
    {
        await using var rig = await PrecisionRig.StartAsync(On);
        var answers = await rig.Client.BatchAsync(Batches.Of(Batches.Item("a", Body(1), Isl.Counterfactual)));
        var samples = (int)answers[0]["samples"]!;
        var explained = await rig.Gateway.ExplainAsync(Isl.Counterfactual, Body(1));
        Assert.EndsWith(Hit, explained.Text("cache_status"), StringComparison.Ordinal);
        Assert.Equal(
            (samples, string.Create(CultureInfo.InvariantCulture, $"guide={samples}")),
            (explained.GetProperty("samples").GetProperty("requested").GetInt32(), explained.GetProperty("samples").Text("experiment")));
        Assert.Equal(1, Arms(await StatsAsync(rig.Gateway)).Sum(arm => arm.GetProperty("requests").GetInt64()));
    }

    [Fact]
    public async Task Stats_WithoutExperiments_HaveNone()
    {
        await using var rig = await Rig.StartAsync();
        Assert.Equal(0, (await AllStatsAsync(rig.Gateway)).GetProperty("experiments").GetArrayLength());
    }

    private static string Body(int question) =>
        string.Create(CultureInfo.InvariantCulture, $$"""{"model":{"q":{{question}}},"intervention":{"Price":60},"outcome":"R"}""");

    private static string? ArmOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues(Experiment, out var values) ? string.Join(", ", values) : null;

    private static Task<string> ReadyAsync(GatewayUnderTest gateway) =>
        gateway.ManagementClient.GetStringAsync("/health/ready", TestContext.Current.CancellationToken);

    private static async Task<JsonElement> AllStatsAsync(GatewayUnderTest gateway)
    {
        var text = await gateway.ManagementClient.GetStringAsync("/api/stats", TestContext.Current.CancellationToken);
        return JsonDocument.Parse(text).RootElement;
    }

    private static async Task<JsonElement> StatsAsync(GatewayUnderTest gateway) =>
        (await AllStatsAsync(gateway)).GetProperty("experiments")[0];

    private static JsonElement.ArrayEnumerator Arms(JsonElement experiment) => experiment.GetProperty("arms").EnumerateArray();
}
