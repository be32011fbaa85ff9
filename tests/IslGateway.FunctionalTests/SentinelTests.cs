using System.Globalization;
using System.Text.Json;
using IslGateway.Caching.Epochs;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using IslSimulator.Knobs;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>Hits that are recomputed to see whether they still hold: seldom, beside the callers, and with consequences.</summary>
public sealed class SentinelTests(RedisFixture redis)
{
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string Quarantined = "IslGateway; fwd=bypass; detail=quarantined";
    private const string Hit = "detail=memory";
    private const string On = "Sentinel:Share=1";
    private const string Plenty = "Sentinel:MaxCallsPerMinute=600";
    private const string Checks = "isl_gateway_sentinel_checks_total";
    private const string Dominance = "/api/v1/analysis/dominance";
    private const string OptionsBody = """{"options":[{"id":"a"},{"id":"b"}],"criteria":["x"]}""";

    private const string Permuted =
        """{ "outcome":"Revenue", "treatment":"Price", "dag":{"edges":[["Price","Revenue"]],"nodes":["Price","Revenue"]} }""";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Off_ByDefault_HitsCostNothing()
    {
        await using var rig = await Rig.StartAsync();
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));

        await HitAsync(rig, Isl.Validate, Isl.ValidateBody, 50);

        await rig.HoldsNothingAsync();
        Assert.Equal((1, 0), (rig.Sim.TotalCalls, await ChecksAsync(rig)));
    }

    [Fact]
    public async Task On_BudgetOfThree_ThreeHitsAreRecomputedAndNoMore()
    {
        await using var rig = await Rig.StartAsync(On, "Sentinel:MaxCallsPerMinute=3");
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: first"));

        await ChecksReachAsync(rig, 3, "result=\"equal\"", () => HitAsync(rig, Isl.Validate, Isl.ValidateBody, 1, "X-Request-Id: mine"));
        await HitAsync(rig, Isl.Validate, Isl.ValidateBody, 30);

        await rig.HoldsNothingAsync();
        Assert.Equal((4, 3), (rig.Sim.TotalCalls, await ChecksAsync(rig)));
        Assert.Equal(0, (await Exposition.OfAsync(rig.Gateway)).Sum("isl_gateway_quarantined"));
        var ids = rig.Sim.LastCalls(Isl.Validate).Skip(1).Select(call => call.Header("X-Request-Id")).ToList();
        Assert.Equal(3, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^sentinel-[0-9a-f]{12}$", id));
    }

    [Fact]
    public async Task Check_OfAHit_SendsTheServedCallersBytesAndHeaders()
    {
        var isl = new SimulatorOptions { Latency = 0, ApiKeys = ["a", "b"] };
        await using var rig = await Rig.StartAsync(
            isl, On, "Cache:CredentialScope=Shared", "Endpoints:CausalValidate:KeyHeaders=X-Variant");
        const string Spelled =
            """{ "outcome":"Revenue", "treatment":"Price", "dag":{"nodes":["Price","Revenue"],"edges":[["Price","Revenue"]]} }""";
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate + "?q=%2F1", Spelled, "X-API-Key: a", "X-Variant: v"));

        await HitAsync(rig, Isl.Validate + "?q=%2F1", Isl.ValidateBody, 1, "X-API-Key: b", "X-Variant: v", "X-Secret: s");

        await ChecksReachAsync(rig, 1, "result=\"equal\"");
        var check = rig.Sim.LastCalls(Isl.Validate)[^1];
        Assert.Equal(2, rig.Sim.Calls(Isl.Validate));
        Assert.Equal((Isl.ValidateBody, Isl.Validate + "?q=%2F1"), (check.BodyText, check.Target));
        Assert.Equal(("b", "v", (string?)null), (check.Header("X-API-Key"), check.Header("X-Variant"), check.Header("X-Secret")));
    }

    [Fact]
    public async Task Drift_Found_QuarantinesTheRowUntilTheNextEpochAndSaysWhere()
    {
        await using var rig = await Rig.StartAsync(On);
        using var logs = RecordedLogs.Of(rig.Gateway);
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody));
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        var before = await NumbersAsync(rig);
        rig.Sim.Update(knobs => knobs with { Drifting = [Isl.Counterfactual] });
        var after = await NumbersAsync(rig);
        Assert.Empty(before.Intersect(after));

        await HitAsync(rig, Isl.Counterfactual, Isl.CounterfactualBody, 1);
        await rig.BecomesAsync("detail=quarantined", Isl.Counterfactual, Isl.CounterfactualBody);

        // The row goes past the cache, whatever is asked of it; the others do not.
        Assert.Equal(Quarantined, await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody));
        Assert.Equal(
            Quarantined, await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody.Replace("60", "61", StringComparison.Ordinal)));
        await HitAsync(rig, Isl.Validate, Isl.ValidateBody, 1);
        await ChecksReachAsync(rig, 1, "result=\"different\"", $"endpoint=\"{Isl.Counterfactual}\"");
        var metrics = await Exposition.OfAsync(rig.Gateway);
        Assert.Equal(1, metrics[$$"""isl_gateway_quarantined{endpoint="{{Isl.Counterfactual}}"}"""]);
        Assert.Equal(1, metrics.Sum("isl_gateway_quarantined"));

        var line = Assert.Single(logs.Lines, line => line.Contains("drift", StringComparison.Ordinal));
        Assert.StartsWith("Warning ", line, StringComparison.Ordinal);
        Assert.Contains("CausalCounterfactual", line, StringComparison.Ordinal);
        Assert.Contains(rig.Sim.Build, line, StringComparison.Ordinal);
        Assert.Contains("/prediction/point_estimate", line, StringComparison.Ordinal);
        Assert.All(before.Concat(after), number => Assert.DoesNotContain(number, line, StringComparison.Ordinal));

        rig.Sim.Build = "sim-0002";
        await rig.KnowsEpochAsync();
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody));
        await HitAsync(rig, Isl.Counterfactual, Isl.CounterfactualBody, 1);
        Assert.Equal(0, (await Exposition.OfAsync(rig.Gateway)).Sum("isl_gateway_quarantined"));
    }

    public static TheoryData<string, Func<SimulatorKnobs, SimulatorKnobs>> NothingToCompare() => new()
    {
        { "an error", knobs => knobs with { Errors = [new ErrorKnob(500, null, Isl.Counterfactual)] } },
        { "refused", knobs => knobs with { Errors = [new ErrorKnob(401, null, Isl.Counterfactual)] } },
        { "too many", knobs => knobs with { Errors = [new ErrorKnob(429, null, Isl.Counterfactual)] } },
        { "to be tried again", knobs => knobs with { Errors = [new ErrorKnob(502, null, Isl.Counterfactual)] } },
        { "cut", knobs => knobs with { Drop = new CountDown(1) } },
        { "not whole", knobs => knobs with { RawBodies = [new RawBodyKnob(Isl.Counterfactual, "{\"a\":")] } },
        { "forbidden to store", knobs =>
            knobs with { ResponseHeaders = new Dictionary<string, string> { ["Cache-Control"] = "no-store" } } },
        { "of another build", knobs =>
            knobs with { ResponseHeaders = new Dictionary<string, string> { ["x-olumi-service-build"] = "sim-0002" } } },
        { "of a deployment that it does not name", knobs => knobs with { OmitBuildHeader = true, Build = "sim-0002" } },
        { "too large", knobs => knobs with { BodyPadding = 4 << 20 } },
    };

    [Theory]
    [MemberData(nameof(NothingToCompare))]
    public async Task Check_GetsNoComparableAnswer_IsInconclusiveAndAskedOnce(string what, Func<SimulatorKnobs, SimulatorKnobs> change)
    {
        await using var rig = await Rig.StartAsync(On, "Cache:MaxEntrySize=1MiB", "Isl:HealthInterval=10m", "Isl:EpochMaxAge=20m");
        var replica = Assert.Single(rig.Gateway.Services.GetRequiredService<ReplicaRegistry>().Replicas);
        var before = TimeProvider.System.GetTimestamp();
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody));
        await Eventually.TrueAsync(() => replica.TryReportSince(before, out _), Soon, "the entry is confirmed");
        rig.Sim.Update(knobs => change(knobs) with { Drifting = [Isl.Counterfactual] });

        await HitAsync(rig, Isl.Counterfactual, Isl.CounterfactualBody, 1);

        await ChecksReachAsync(rig, 1, "result=\"inconclusive\"");
        Assert.True(rig.Sim.Calls(Isl.Counterfactual) == 2, what);
        Assert.Equal(0, (await Exposition.OfAsync(rig.Gateway)).Sum("isl_gateway_quarantined"));
    }

    [Fact]
    public async Task Check_AnsweredByAReplicaOfAnotherEpoch_IsInconclusive()
    {
        await using var old = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var next = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, Build = "sim-0002" });
        await using var gateway = await GatewayUnderTest.StartAsync([old.BaseAddress, next.BaseAddress], On, Plenty);
        async Task<double> CountAsync(string result) => (await Exposition.OfAsync(gateway)).Sum(Checks, $"result=\"{result}\"");

        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await gateway.Client.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody);
                return await CountAsync("equal") > 0 && await CountAsync("inconclusive") > 0;
            },
            Soon, "both replicas are asked again");

        Assert.Equal(0, await CountAsync("different"));
    }

    [Fact]
    public async Task Check_OnlyVolatileFieldsDiffer_IsEqual()
    {
        await using var rig = await Rig.StartAsync(On);
        Assert.Equal(Stored, await rig.StatusOfAsync(Dominance, OptionsBody));

        await HitAsync(rig, Dominance, OptionsBody, 1);

        await ChecksReachAsync(rig, 1, "result=\"equal\"");
    }

    [Fact]
    public async Task Check_UnderWay_IsTheOnlyOneAndNoCallerNoticesIt()
    {
        await using var rig = await Rig.StartAsync(On, Plenty);
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody));
        rig.Sim.Hang(Isl.Validate);

        await HitAsync(rig, Isl.Validate, Isl.ValidateBody, 1);
        await rig.CallsReachAsync(Isl.Validate, 2);
        await HitAsync(rig, Isl.Validate, Isl.ValidateBody, 20);
        await HitAsync(rig, Isl.Counterfactual, Isl.CounterfactualBody, 20);

        Assert.Equal((2, 1), (rig.Sim.Calls(Isl.Validate), rig.Sim.Calls(Isl.Counterfactual)));
        rig.Sim.ReleaseHang();
        await ChecksReachAsync(rig, 2, "result=\"equal\"", () => HitAsync(rig, Isl.Counterfactual, Isl.CounterfactualBody, 1));
    }

    [Fact]
    public async Task Check_NoPlaceUpstreamIsFree_IsNotMadeAndNotCounted()
    {
        await using var rig = await Rig.StartAsync(On, "Sentinel:MaxCallsPerMinute=1", "Limits:MaxConcurrentUpstream=1");
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        rig.Sim.Hang(Isl.Counterfactual);
        var slow = rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody);
        await rig.CallsReachAsync(Isl.Counterfactual, 1);

        await HitAsync(rig, Isl.Validate, Isl.ValidateBody, 20);
        rig.Sim.ReleaseHang();

        Assert.Equal(Stored, await slow);
        await rig.HoldsNothingAsync();
        Assert.Equal((1, 0), (rig.Sim.Calls(Isl.Validate), await ChecksAsync(rig)));
        await ChecksReachAsync(rig, 1, "result=\"equal\"", () => HitAsync(rig, Isl.Validate, Isl.ValidateBody, 1));
    }

    [Theory]
    [InlineData("0.95", 0)]
    [InlineData("0.5", 1)]
    public async Task Check_RateLimitRunsLow_IsNotMade(string minHeadroom, int checks)
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, RateLimitPerMinute = 10 }, On, "Sentinel:MaxCallsPerMinute=1",
            "Sentinel:MinHeadroom=" + minHeadroom);
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: a"));
        Assert.Equal(9, (await Exposition.OfAsync(rig.Gateway))["isl_gateway_upstream_ratelimit_remaining"]);

        await HitAsync(rig, Isl.Validate, Isl.ValidateBody, 20, "X-API-Key: a");

        if (checks > 0) await ChecksReachAsync(rig, checks, "result=\"equal\"");
        await rig.HoldsNothingAsync();
        Assert.Equal(1 + checks, rig.Sim.Calls(Isl.Validate));
        Assert.Equal(9 - checks, (await Exposition.OfAsync(rig.Gateway))["isl_gateway_upstream_ratelimit_remaining"]);
    }

    [Fact]
    public async Task Sessions_AreNeverExamined()
    {
        await using var rig = await Rig.StartAsync(On, Plenty, "Cache:SingleInstance=true");
        const string Body = """{"user_id":"u","context":{"domain":"pricing","variables":["Price"]},"num_queries":1}""";
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Elicit, Body));

        await HitAsync(rig, Isl.Elicit, Body, 20);

        await rig.HoldsNothingAsync();
        Assert.Equal((1, 0), (rig.Sim.Calls(Isl.Elicit), await ChecksAsync(rig)));
    }

    [Fact]
    public async Task Check_OfAPackedHit_SendsThePlainBytes()
    {
        await using var rig = await Rig.StartAsync(On, "Sentinel:MaxCallsPerMinute=1");
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Permuted));
        using var request = Isl.Post(Isl.Validate, Packed.Gzip(Isl.ValidateBody), "Content-Encoding: gzip");

        using var hit = await rig.Client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.EndsWith(Hit, hit.CacheStatus(), StringComparison.Ordinal);
        await ChecksReachAsync(rig, 1, "result=\"equal\"");
        var check = rig.Sim.LastCalls(Isl.Validate)[^1];
        Assert.Equal((Isl.ValidateBody, null), (check.BodyText, check.Header("Content-Encoding")));
    }

    [Fact]
    public async Task Drift_BetweenTwoSpellings_QuarantinesTheRowThatTakesThemForOne()
    {
        await using var rig = await Rig.StartAsync(On, "Endpoints:CausalCounterfactual:KeyOrder=Sorted");
        using var logs = RecordedLogs.Of(rig.Gateway);
        var permuted = Isl.CounterfactualBody.Replace("\"base\"", "\"x\"", StringComparison.Ordinal)
            .Replace("\"noise\"", "\"base\"", StringComparison.Ordinal).Replace("\"x\"", "\"noise\"", StringComparison.Ordinal);
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody));
        await HitAsync(rig, Isl.Counterfactual, Isl.CounterfactualBody, 1);
        await ChecksReachAsync(rig, 1, "result=\"equal\"");

        await rig.BecomesAsync("detail=quarantined", Isl.Counterfactual, permuted);

        await ChecksReachAsync(rig, 1, "result=\"different\"");
        Assert.Contains(
            "asked in other bytes", Assert.Single(logs.Lines, line => line.Contains("drift", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        using var own = await rig.PostAsync(Isl.Counterfactual, permuted, "X-Request-Id: mine");
        Assert.Equal(await rig.AskIslAsync(Isl.Counterfactual, permuted, "X-Request-Id: mine"), await own.TextAsync());
    }

    [Fact]
    public async Task Check_OfAnotherSpelling_NeedsNoLuckAndComesFirst()
    {
        await using var rig = await Rig.StartAsync("Sentinel:Share=0.000001", "Sentinel:MaxCallsPerMinute=1");
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        await HitAsync(rig, Isl.Validate, Isl.ValidateBody, 20);
        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));

        await HitAsync(rig, Isl.Validate, Permuted, 1);

        await ChecksReachAsync(rig, 1, "result=\"equal\"");
        Assert.Equal(Permuted, rig.Sim.LastCalls(Isl.Validate)[^1].BodyText);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("1")]
    [InlineData("2")]
    public async Task Check_OfRobustnessV2_IsEqualInEitherShape(string? version)
    {
        await using var rig = await Rig.StartAsync(On);
        string[] headers = version is null ? [] : ["X-ISL-Response-Version: " + version];
        const string V2 = "/api/v1/robustness/analyze/v2";
        const string Body = """{"graph":{"nodes":[]},"seed":7}""";
        Assert.Equal(Stored, await rig.StatusOfAsync(V2, Body, headers));

        await HitAsync(rig, V2, Body, 1, headers);

        await ChecksReachAsync(rig, 1, "result=\"equal\"");
    }

    [Fact]
    public async Task Entry_FromRedis_IsExaminedThoughTheSentinelWasOffWhenItWasFilled()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] shared = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        await using (var filling = await GatewayUnderTest.StartAsync(isl.BaseAddress, shared))
        {
            await filling.RedisIsUpAsync();
            using var miss = await filling.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
            Assert.Equal(Stored, miss.CacheStatus());
        }

        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, [.. shared, On, "Sentinel:MaxCallsPerMinute=1"]);
        await gateway.RedisIsUpAsync();
        using var hit = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.EndsWith("detail=redis", hit.CacheStatus(), StringComparison.Ordinal);
        for (var i = 0; i < 20; i++)
        {
            using var again = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
            Assert.EndsWith(Hit, again.CacheStatus(), StringComparison.Ordinal);
        }

        await Eventually.TrueAsync(
            async () => (await Exposition.OfAsync(gateway)).Sum(Checks, "result=\"equal\"") == 1, Soon, "one check is made");
        Assert.Equal(2, isl.State.Calls(Isl.Validate));
    }

    private static async Task HitAsync(Rig rig, string target, string body, int times, params string[] headers)
    {
        for (var i = 0; i < times; i++) Assert.EndsWith(Hit, await rig.StatusOfAsync(target, body, headers), StringComparison.Ordinal);
    }

    private static async Task<int> ChecksAsync(Rig rig) => (int)(await Exposition.OfAsync(rig.Gateway)).Sum(Checks);

    private static Task ChecksReachAsync(Rig rig, int checks, params string[] labels) =>
        Eventually.TrueAsync(
            async () => (await Exposition.OfAsync(rig.Gateway)).Sum(Checks, labels) >= checks, Soon, $"{checks} checks are counted");

    private static Task ChecksReachAsync(Rig rig, int checks, string label, Func<Task> askAsync) => Eventually.TrueAsync(
        async () =>
        {
            await askAsync();
            return (await Exposition.OfAsync(rig.Gateway)).Sum(Checks, label) >= checks;
        },
        Soon, $"{checks} checks are counted");

    /// <summary>The numbers that ISL computes for the counterfactual now, as it writes them.</summary>
    private static async Task<string[]> NumbersAsync(Rig rig)
    {
        using var answer = JsonDocument.Parse(await rig.AskIslAsync(Isl.Counterfactual, Isl.CounterfactualBody));
        var prediction = answer.RootElement.GetProperty("prediction");
        return
        [
            prediction.GetProperty("point_estimate").GetDouble().ToString(CultureInfo.InvariantCulture),
            prediction.GetProperty("confidence_interval").GetProperty("lower").GetRawText(),
            prediction.GetProperty("confidence_interval").GetProperty("upper").GetRawText(),
        ];
    }
}
