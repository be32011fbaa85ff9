using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using IslSimulator.Knobs;

namespace IslGateway.FunctionalTests;

/// <summary><c>X-Isl-Confidence</c> and <c>X-Isl-Precision</c>: the number of samples that is asked for, and never fewer served.</summary>
public sealed class PrecisionTests(RedisFixture redis)
{
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string Hit = "detail=memory";
    private const string Confidence = "X-Isl-Confidence: ";
    private const string AtLeast = "X-Isl-Precision: at-least";
    private const string Samples = "X-Isl-Samples";
    private const string Body = """{"model":{"a":1,"b":[2]}, "intervention":{"Price":60},"outcome":"Revenue"}""";

    private static readonly (string Confidence, int Samples)[] Levels = [("0.90", 500), ("0.95", 1000), ("0.99", 2000)];

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("0.90", 500)]
    [InlineData("0.95", 1000)]
    [InlineData("0.99", 2000)]
    public async Task Confidence_WhereTheBodyNamesNone_SetsTheNumberAndKeepsAllElse(string confidence, int expected)
    {
        await using var rig = await PrecisionRig.StartAsync();
        using var first = await rig.PostAsync(Isl.Counterfactual, Body, Confidence + confidence);
        using var again = await rig.PostAsync(Isl.Counterfactual, Body, Confidence + confidence);
        using var named = await rig.PostAsync(Isl.Counterfactual, With(Body, expected));

        Assert.Equal((Stored, $"{expected}"), (first.CacheStatus(), SamplesOf(first)));
        Assert.EndsWith(Hit, again.CacheStatus(), StringComparison.Ordinal);
        Assert.EndsWith(Hit, named.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal(($"{expected}", null), (SamplesOf(again), SamplesOf(named)));
        var call = Assert.Single(rig.Sim.LastCalls(Isl.Counterfactual));
        Assert.Equal(With(Body, expected), call.BodyText);
        Assert.DoesNotContain(call.Headers, header => header.Key.StartsWith("X-Isl-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Answers_OfDifferentNumbers_Differ()
    {
        await using var rig = await PrecisionRig.StartAsync();
        var answers = new List<string>();
        foreach (var (confidence, _) in Levels)
        {
            using var response = await rig.PostAsync(Isl.Counterfactual, Body, Confidence + confidence, "X-Request-Id: same");
            answers.Add(await response.TextAsync());
        }

        Assert.Equal(3, answers.Distinct().Count());
    }

    [Fact]
    public async Task Confidence_WhereTheBodyNamesANumber_ChangesNothing()
    {
        await using var rig = await PrecisionRig.StartAsync();
        using var response = await rig.PostAsync(Isl.Counterfactual, With(Body, 777), Confidence + "0.99");
        Assert.Equal((Stored, "777"), (response.CacheStatus(), SamplesOf(response)));
        Assert.Equal(With(Body, 777), Assert.Single(rig.Sim.LastCalls(Isl.Counterfactual)).BodyText);
    }

    [Fact]
    public async Task Confidence_OfAGzippedBody_IsSet()
    {
        await using var rig = await PrecisionRig.StartAsync();
        using var request = Isl.Post(
            Isl.Counterfactual, Packed.Gzip(Body), "Content-Encoding: gzip", "Content-MD5: c29tZXRoaW5n", Confidence + "0.90");
        using var response = await rig.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((Stored, "500"), (response.CacheStatus(), SamplesOf(response)));
        Assert.Equal(With(Body, 500), Assert.Single(rig.Sim.LastCalls(Isl.Counterfactual)).BodyText);
    }

    [Theory]
    [InlineData("Cache:Mode=Off")]
    [InlineData("Cache:Mode=Observe")]
    public async Task Confidence_WithoutAnActiveCache_IsSetAllTheSame(string mode)
    {
        await using var rig = await PrecisionRig.StartAsync(mode);
        using var response = await rig.PostAsync(Isl.Counterfactual, Body, Confidence + "0.90", AtLeast);
        Assert.Equal((HttpStatusCode.OK, "500"), (response.StatusCode, SamplesOf(response)));
        var call = Assert.Single(rig.Sim.LastCalls(Isl.Counterfactual));
        Assert.Equal(With(Body, 500), call.BodyText);
        Assert.DoesNotContain(call.Headers, header => header.Key.StartsWith("X-Isl-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task Request_WithoutTheHeaders_IsAsEver()
    {
        await using var rig = await PrecisionRig.StartAsync();
        using var first = await rig.PostAsync(Isl.Counterfactual, Body);
        using var again = await rig.PostAsync(Isl.Counterfactual, Body);
        Assert.Equal((Stored, null), (first.CacheStatus(), SamplesOf(first)));
        Assert.EndsWith(Hit, again.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal(Body, Assert.Single(rig.Sim.LastCalls(Isl.Counterfactual)).BodyText);
    }

    [Fact]
    public async Task AtLeast_WithMoreStored_ServesTheNearestAndNamesItsNumber()
    {
        await using var rig = await PrecisionRig.StartAsync();
        await FillAsync(rig, 5000);
        await FillAsync(rig, 1500);
        using var response = await rig.PostAsync(Isl.Counterfactual, Body, Confidence + "0.95", AtLeast);
        Assert.EndsWith(Hit, response.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal("1500", SamplesOf(response));

        await FillAsync(rig, 1000);
        using var own = await rig.PostAsync(Isl.Counterfactual, Body, Confidence + "0.95", AtLeast);
        Assert.Equal("1000", SamplesOf(own));
        Assert.Equal(3, rig.Sim.Calls(Isl.Counterfactual));
    }

    [Fact]
    public async Task AtLeast_WithFewerStored_AsksIsl()
    {
        await using var rig = await PrecisionRig.StartAsync();
        await FillAsync(rig, 500);
        await FillAsync(rig, 999);
        using var response = await rig.PostAsync(Isl.Counterfactual, Body, Confidence + "0.95", AtLeast);
        Assert.Equal((Stored, "1000"), (response.CacheStatus(), SamplesOf(response)));
    }

    [Fact]
    public async Task AtLeast_WhereNeitherBodyNorConfidenceNamesANumber_ServesOnlyItsOwnAnswer()
    {
        await using var rig = await PrecisionRig.StartAsync();
        await FillAsync(rig, 10_000);
        using var response = await rig.PostAsync(Isl.Counterfactual, Body, AtLeast);
        Assert.Equal((Stored, null), (response.CacheStatus(), SamplesOf(response)));
        Assert.Equal(Body, rig.Sim.LastCalls(Isl.Counterfactual)[^1].BodyText);
    }

    [Fact]
    public async Task WithoutAtLeast_MoreStored_AsksIsl()
    {
        await using var rig = await PrecisionRig.StartAsync();
        await FillAsync(rig, 2000);
        using var response = await rig.PostAsync(Isl.Counterfactual, Body, Confidence + "0.95");
        Assert.Equal((Stored, "1000"), (response.CacheStatus(), SamplesOf(response)));
    }

    [Fact]
    public async Task AtLeast_OfAnotherCredential_FindsNothing()
    {
        var isl = new SimulatorOptions { Latency = 0, ApiKeys = ["a", "b"] };
        await using var rig = await PrecisionRig.StartAsync(isl);
        await FillAsync(rig, 2000, "X-API-Key: a");
        Assert.Equal(Stored, await AtLeastAsync(rig, "X-API-Key: b"));
        Assert.EndsWith(Hit, await AtLeastAsync(rig, "X-API-Key: a"), StringComparison.Ordinal);
        using var refused = await rig.PostAsync(Isl.Counterfactual, Body, Confidence + "0.95", AtLeast, "X-API-Key: c");
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Fact]
    public async Task AtLeast_AfterANewBuildAPurgeOrItsLifetime_FindsNothing()
    {
        await using var rig = await PrecisionRig.StartAsync();
        await FillAsync(rig, 2000);
        rig.Sim.Build = "sim-other";
        await rig.KnowsEpochAsync();
        await PrecisionRig.KnowsSamplesAsync(rig.Gateway);
        Assert.Equal(Stored, await AtLeastAsync(rig));

        await FillAsync(rig, 1500);
        using var purged = await rig.Gateway.ManagementClient.DeleteAsync(
            "/api/cache?all=true", TestContext.Current.CancellationToken);
        Assert.True(purged.IsSuccessStatusCode);
        Assert.Equal(Stored, await AtLeastAsync(rig));

        rig.Gateway.Time.Pass(TimeSpan.FromHours(2));
        await rig.IsPolledAsync();
        await PrecisionRig.KnowsSamplesAsync(rig.Gateway);
        Assert.Equal(Stored, await AtLeastAsync(rig));
    }

    [Fact]
    public async Task AtLeast_AnsweredByMore_IsNoCaseForTheSentinel()
    {
        await using var rig = await PrecisionRig.StartAsync("Sentinel:Share=1", "Sentinel:MaxCallsPerMinute=600");
        await FillAsync(rig, 2000);
        for (var n = 0; n < 20; n++) Assert.EndsWith(Hit, await AtLeastAsync(rig), StringComparison.Ordinal);
        await rig.HoldsNothingAsync();
        Assert.Equal(0, (await Exposition.OfAsync(rig.Gateway)).Sum("isl_gateway_sentinel_checks_total"));
        Assert.Equal(1, rig.Sim.Calls(Isl.Counterfactual));
    }

    [Fact]
    public async Task AtLeast_AtAnotherGateway_FindsInRedisWhatIsOnTheLadder()
    {
        var prefix = redis.NewPrefix();
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={prefix}"];
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using (var before = await PrecisionRig.GatewayAsync(isl, settings))
        {
            await before.RedisIsUpAsync();
            using var filled = await before.Client.PostAsync(Isl.Counterfactual, With(Body, 2000));
            Assert.Equal(Stored, filled.CacheStatus());
            await Eventually.TrueAsync(() => IsInRedisAsync(before, prefix), Soon, "the answer is in Redis");
        }

        await using var after = await PrecisionRig.GatewayAsync(isl, settings);
        await after.RedisIsUpAsync();
        using var response = await after.Client.PostAsync(Isl.Counterfactual, Body, Confidence + "0.90", AtLeast);
        Assert.EndsWith("detail=redis", response.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal(("2000", 1), (SamplesOf(response), isl.State.Calls(Isl.Counterfactual)));
    }

    [Theory]
    [InlineData(Isl.Validate, Isl.ValidateBody)]
    [InlineData(Isl.Teach, """{"user_id":"ann"}""")]
    public async Task Headers_OnARowWithoutSamples_AreRefused(string path, string body)
    {
        await using var rig = await PrecisionRig.StartAsync();
        foreach (var header in new[] { Confidence + "0.95", AtLeast })
        {
            using var response = await rig.PostAsync(path, body, header);
            await IsRefusedAsync(response, HttpStatusCode.BadRequest, "samples-not-supported", ":Samples is not switched on");
        }

        Assert.Equal(0, rig.Sim.Calls(path));
    }

    [Fact]
    public async Task Headers_OnARowWithoutSamples_AreRefusedAlsoWhereTheAnswerIsStored()
    {
        await using var rig = await PrecisionRig.StartAsync();
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.EndsWith(Hit, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
        foreach (var header in new[] { Confidence + "0.95", AtLeast })
        {
            using var response = await rig.PostAsync(Isl.Validate, Isl.ValidateBody, header);
            await IsRefusedAsync(response, HttpStatusCode.BadRequest, "samples-not-supported", "CausalValidate");
        }
    }

    [Fact]
    public async Task Schema_ThatIslGaveBefore_HoldsWhileItGivesNone()
    {
        await using var rig = await PrecisionRig.StartAsync("Validation:RefreshInterval=10s");
        rig.Sim.Update(knobs => knobs with { RawBodies = [new RawBodyKnob("/openapi.json", "busy", "text/plain", 503)] });
        var asked = rig.Sim.Calls("/openapi.json");
        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(15));
        await Eventually.TrueAsync(() => rig.Sim.Calls("/openapi.json") > asked + 1, Soon, "the schema is asked for again");
        using var response = await rig.PostAsync(Isl.Counterfactual, Body, Confidence + "0.95");
        Assert.Equal((Stored, "1000"), (response.CacheStatus(), SamplesOf(response)));
    }

    [Fact]
    public async Task AtLeast_WhileIslFails_IsServedMoreThatIsStale()
    {
        await using var rig = await PrecisionRig.StartAsync("Endpoints:CausalCounterfactual:Ttl=10s");
        await FillAsync(rig, 2000);
        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(30));
        await rig.IsPolledAsync();
        rig.Sim.Fail(500, path: Isl.Counterfactual);
        using var response = await rig.PostAsync(Isl.Counterfactual, Body, Confidence + "0.95", AtLeast);
        Assert.Contains("fwd=stale", response.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal("2000", SamplesOf(response));
        using var exact = await rig.PostAsync(Isl.Counterfactual, Body, Confidence + "0.95");
        Assert.Equal((HttpStatusCode.InternalServerError, null), (exact.StatusCode, SamplesOf(exact)));
    }

    [Fact]
    public async Task Headers_AsShipped_AreRefused()
    {
        await using var rig = await Rig.StartAsync();
        using var response = await rig.PostAsync(Isl.Counterfactual, Body, Confidence + "0.95");
        await IsRefusedAsync(response, HttpStatusCode.BadRequest, "samples-not-supported", "CausalCounterfactual");
    }

    [Fact]
    public async Task Headers_WhereIslDoesNotDeclareTheField_AreRefusedAndReadinessSaysSo()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        isl.State.Update(knobs => knobs with { DeclareSamples = false });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, PrecisionRig.On);
        await Eventually.TrueAsync(
            async () => (await gateway.ManagementClient.GetStringAsync("/health/ready", TestContext.Current.CancellationToken))
                .Contains("ISL does not declare /num_samples for CausalCounterfactual", StringComparison.Ordinal),
            Soon, "readiness warns");

        using var response = await gateway.Client.PostAsync(Isl.Counterfactual, Body, Confidence + "0.95");
        await IsRefusedAsync(response, HttpStatusCode.BadRequest, "samples-not-supported", "declares no /num_samples");
        using var plain = await gateway.Client.PostAsync(Isl.Counterfactual, Body);
        Assert.Equal(Stored, plain.CacheStatus());
    }

    [Fact]
    public async Task Headers_WhileIslDoesNotSay_AreRefusedForTheMoment()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        isl.State.Update(knobs => knobs with { RawBodies = [new RawBodyKnob("/openapi.json", "busy", "text/plain", 503)] });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, PrecisionRig.On);
        using (var response = await gateway.Client.PostAsync(Isl.Counterfactual, Body, Confidence + "0.95"))
        {
            await IsRefusedAsync(response, HttpStatusCode.ServiceUnavailable, "samples-unknown", "/num_samples");
            Assert.Equal("1", response.Headers.GetValues("Retry-After").Single());
        }

        isl.State.Update(knobs => knobs with { RawBodies = [] });
        await PrecisionRig.KnowsSamplesAsync(gateway);
        using var later = await gateway.Client.PostAsync(Isl.Counterfactual, Body, Confidence + "0.95");
        Assert.Equal(Stored, later.CacheStatus());
    }

    [Theory]
    [InlineData("X-Isl-Confidence: 0.5", "0.90, 0.95 or 0.99")]
    [InlineData("X-Isl-Precision: exact", "at-least")]
    public async Task Header_OfAnotherValue_IsRefusedWithWhatItMayBe(string header, string allowed)
    {
        await using var rig = await PrecisionRig.StartAsync();
        using var response = await rig.PostAsync(Isl.Counterfactual, Body, header);
        await IsRefusedAsync(response, HttpStatusCode.BadRequest, "wrong-precision", allowed);
        Assert.Equal(0, rig.Sim.Calls(Isl.Counterfactual));
    }

    [Theory]
    [InlineData("[1]", "no JSON object")]
    [InlineData("", "no JSON object")]
    [InlineData("""{"a":NaN}""", "no JSON object")]
    [InlineData("""{"num_samples":1,"num_samples":2}""", "names /num_samples twice")]
    public async Task Body_InWhichNoNumberCanBeSet_IsRefused(string body, string fault)
    {
        await using var rig = await PrecisionRig.StartAsync();
        using var response = await rig.PostAsync(Isl.Counterfactual, body, Confidence + "0.95");
        await IsRefusedAsync(response, HttpStatusCode.BadRequest, "wrong-precision", fault);
        Assert.Equal(0, rig.Sim.Calls(Isl.Counterfactual));
    }

    [Fact]
    public async Task Field_InsideAnotherObject_IsSetThere()
    {
        // As ISL's schema has it for robustness: the field of a nested model.
        await using var rig = await Rig.StartAsync(
            "Endpoints:RobustnessAnalyzeV2:Samples:Enabled=true", "Endpoints:RobustnessAnalyzeV2:Samples:Baseline=200");
        await PrecisionRig.KnowsSamplesAsync(rig.Gateway, "RobustnessAnalyzeV2");
        using var response = await rig.PostAsync("/api/v1/robustness/analyze/v2", """{"graph":{},"options":[]}""", Confidence + "0.99");
        Assert.Equal((Stored, "400"), (response.CacheStatus(), SamplesOf(response)));
        Assert.Equal(
            """{"graph":{},"options":[],"n_samples":400}""",
            Assert.Single(rig.Sim.LastCalls("/api/v1/robustness/analyze/v2")).BodyText);
    }

    [Fact]
    public async Task BatchAndSweep_WithTheHeaders_HaveThemTakenItemByItem()
    {
        await using var rig = await PrecisionRig.StartAsync();
        var items = Batches.Of(
            Batches.Item("a", Body, Isl.Counterfactual),
            Batches.Item("b", Body, Isl.Counterfactual, ""","headers":{"X-Isl-Confidence":"0.99"}"""),
            Batches.Item("c", With(Body, 123), Isl.Counterfactual),
            Batches.Item("d", Isl.ValidateBody));
        var answers = await rig.Client.BatchAsync(items, Confidence + "0.90");
        Assert.Equal([200, 200, 200, 400], answers.Select(answer => answer.Status()));
        Assert.Equal([500, 2000, 123, null], answers.Select(answer => (int?)answer["samples"]));
        Assert.Equal("IslGateway; detail=samples-not-supported", answers[3].Cache());

        var sweep = $$$"""{"path":"{{{Isl.Counterfactual}}}","base":{{{Body}}},"vary":[{},{"intervention":{"Price":61}}]}""";
        var points = await rig.Client.SweepAsync(sweep, Confidence + "0.95", AtLeast);
        Assert.Equal([2000, 1000], points.Select(point => (int?)point["samples"]));
        Assert.EndsWith(Hit, points[0].Cache(), StringComparison.Ordinal);
        var plain = await rig.Client.BatchAsync(Batches.Of(Batches.Item("a", Body, Isl.Counterfactual)));
        Assert.Null(plain[0]["samples"]);
    }

    [Fact]
    public async Task Explain_WithTheHeaders_SaysWhatWouldBecomeOfIt()
    {
        await using var rig = await PrecisionRig.StartAsync();
        await FillAsync(rig, 2000);
        var more = await rig.Gateway.ExplainAsync(Isl.Counterfactual, Body, Confidence + "0.95", AtLeast);
        Assert.EndsWith(Hit, more.Text("cache_status"), StringComparison.Ordinal);
        Assert.Equal(1000, more.GetProperty("samples").GetProperty("requested").GetInt32());
        Assert.Equal(2000, more.GetProperty("found").GetProperty("samples").GetInt32());
        Assert.Contains("with 2000 samples", more.Text("explanation"), StringComparison.Ordinal);

        var exact = await rig.Gateway.ExplainAsync(Isl.Counterfactual, Body, Confidence + "0.95");
        Assert.Equal(Stored, exact.Text("cache_status"));
        Assert.Equal(exact.Text("key"), (await rig.Gateway.ExplainAsync(Isl.Counterfactual, With(Body, 1000))).Text("key"));
        var wrong = await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody, AtLeast);
        Assert.Equal("samples-not-supported", wrong.Text("reason"));
        Assert.Equal(1, rig.Sim.Calls(Isl.Counterfactual));
    }

    /// <summary>Whatever is asked in whatever order, nobody has an answer that was computed with fewer samples than asked for.</summary>
    [Fact]
    public async Task AnyRequest_OfAnyHistory_IsNeverServedFewerSamples()
    {
        await using var rig = await PrecisionRig.StartAsync("Cache:Memory:SizeLimit=1MiB", "Cache:MaxEntrySize=64KiB");
        var random = new Random(8);
        var exact = new Dictionary<(int Question, int Samples), string>();
        var (hits, richer) = (0, 0);
        for (var n = 0; n < 400; n++)
        {
            var question = random.Next(4);
            var body = $$"""{"model":{"q":{{question}}},"intervention":{"Price":60},"outcome":"Revenue"}""";
            int? named = random.Next(3) == 0 ? random.Next(100, 3000) : null;
            var level = random.Next(3);
            var headers = new List<string> { Confidence + Levels[level].Confidence, "X-Request-Id: same" };
            var atLeast = random.Next(2) == 0;
            if (atLeast) headers.Add(AtLeast);
            var asked = named ?? Levels[level].Samples;

            using var response = await rig.PostAsync(Isl.Counterfactual, named is { } own ? With(body, own) : body, [.. headers]);

            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            var served = int.Parse(SamplesOf(response)!, CultureInfo.InvariantCulture);
            Assert.True(atLeast ? served >= asked : served == asked, $"{served} for {asked}");
            if (served > asked) richer++;
            if (response.CacheStatus().EndsWith(Hit, StringComparison.Ordinal)) hits++;

            // What it names is what it is: ISL's own answer to that very number.
            if (!exact.TryGetValue((question, served), out var expected))
                exact[(question, served)] = expected = PredictionOf(await rig.AskIslAsync(Isl.Counterfactual, With(body, served)));
            Assert.Equal(expected, PredictionOf(await response.TextAsync()));
        }

        Assert.True(hits > 50 && richer > 20, $"{hits} hits, {richer} of them richer, show nothing");
    }

    private static string PredictionOf(string answer) => JsonNode.Parse(answer)!["prediction"]!.ToJsonString();

    private static async Task<bool> IsInRedisAsync(GatewayUnderTest gateway, string prefix)
    {
        await foreach (var _ in gateway.Redis.Multiplexer.GetServers()[0].KeysAsync(pattern: $"{prefix}:v1:CausalCounterfactual:*"))
            return true;
        return false;
    }

    private static async Task IsRefusedAsync(HttpResponseMessage response, HttpStatusCode status, string reason, string detail)
    {
        var text = await response.TextAsync();
        Assert.Equal((status, $"IslGateway; detail={reason}"), (response.StatusCode, response.CacheStatus()));
        using var problem = JsonDocument.Parse(text);
        Assert.Equal("gateway_" + reason.Replace('-', '_'), problem.RootElement.GetProperty("reason").GetString());
        Assert.Contains(detail, problem.RootElement.GetProperty("detail").GetString(), StringComparison.Ordinal);
        Assert.Null(SamplesOf(response));
    }

    private static async Task FillAsync(Rig rig, int samples, params string[] headers)
    {
        using var response = await rig.PostAsync(Isl.Counterfactual, With(Body, samples), headers);
        Assert.Equal(Stored, response.CacheStatus());
    }

    private static Task<string> AtLeastAsync(Rig rig, params string[] headers) =>
        rig.StatusOfAsync(Isl.Counterfactual, Body, [Confidence + "0.95", AtLeast, .. headers]);

    private static string With(string body, int samples) =>
        string.Create(CultureInfo.InvariantCulture, $"{body[..^1]},\"num_samples\":{samples}}}");

    private static string? SamplesOf(HttpResponseMessage response) =>
        response.Headers.TryGetValues(Samples, out var values) ? string.Join(", ", values) : null;
}
