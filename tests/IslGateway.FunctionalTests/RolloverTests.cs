using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using IslGateway.Caching.Answers;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Workflows.Kept;
using IslGateway.Workflows.Rollover;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>A new ISL is a new cache: what callers asked most and dearest is asked again, within a budget and behind them.</summary>
public sealed class RolloverTests(RedisFixture redis)
{
    private const string NextFingerprint = "0123456789ab";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static readonly string[] On = ["Cache:KeepRequests=1MiB", "Rollover:Enabled=true", "Warming:CallsPerMinute=100000"];

    [Fact]
    public async Task NewFingerprint_HitRate_RecoversWithinTheBudget()
    {
        await using var rig = await Rig.StartAsync("Cache:KeepRequests=1MiB", "Rollover:Enabled=true", "Warming:CallsPerMinute=20");
        await AskAsync(rig, 50);
        Assert.Equal(50, await HitsAsync(rig, 50));
        Assert.Equal(50, rig.Sim.Calls(Isl.Validate));

        // 50 calls at 20 a minute: a part at once, one after a minute, the rest after two.
        await ChangeAsync(rig, NextFingerprint);
        await rig.CallsReachAsync(Isl.Validate, 70);
        await rig.IsPolledAsync();
        Assert.Equal(70, rig.Sim.Calls(Isl.Validate));
        Assert.Equal(20, await StoredAsync(rig, 50));
        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(60));
        await rig.CallsReachAsync(Isl.Validate, 90);
        await rig.IsPolledAsync();
        Assert.Equal(40, await StoredAsync(rig, 50));
        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(60));
        var ended = await EndAsync(rig, RolloverOutcome.Complete);

        Assert.Equal((50, 50, 0, 0), (ended.Requests, ended.Warmed, ended.Failed, ended.Left));
        Assert.Equal(50, await HitsAsync(rig, 50));
        Assert.Equal(100, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task NotSwitchedOn_NewFingerprint_AsksNothing()
    {
        await using var rig = await Rig.StartAsync("Cache:KeepRequests=1MiB", "Warming:CallsPerMinute=100000");
        await AskAsync(rig, 3);

        await ChangeAsync(rig, NextFingerprint);
        await rig.IsPolledAsync();
        rig.Gateway.Reload("Rollover:Enabled", "true");
        await EndAsync(rig, RolloverOutcome.Complete);

        // Switched on while the gateway runs, it sees to the change that was before.
        Assert.Equal(6, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task MoreThanMayBeAsked_TheHottestAndDearest_Are()
    {
        await using var rig = await Rig.StartAsync([.. On, "Rollover:MaxRequests=2", "Warming:Concurrency=1"]);
        await AskAsync(rig, 20);
        rig.Sim.Delay = TimeSpan.FromMilliseconds(500);
        for (var i = 100; i < 102; i++) await rig.StatusOfAsync(Isl.Validate, WarmingList.Body(i));
        rig.Sim.Delay = TimeSpan.Zero;
        for (var i = 0; i < 60; i++) await rig.StatusOfAsync(Isl.Validate, WarmingList.Body(100 + i % 2));

        await ChangeAsync(rig, NextFingerprint);
        var ended = await EndAsync(rig, RolloverOutcome.Complete);

        Assert.Equal(2, ended.Warmed);
        Assert.EndsWith("memory", await rig.StatusOfAsync(Isl.Validate, WarmingList.Body(100)), StringComparison.Ordinal);
        Assert.EndsWith("memory", await rig.StatusOfAsync(Isl.Validate, WarmingList.Body(101)), StringComparison.Ordinal);
        Assert.EndsWith("stored", await rig.StatusOfAsync(Isl.Validate, WarmingList.Body(1)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_OfTheSettings_AskTheirOwnPartAlone()
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, ApiKeys = ["plot", "other"] }, [.. On, "Warming:Credentials=plot"]);
        await AskAsync(rig, 5, "X-API-Key: plot");
        await AskAsync(rig, 3, "X-API-Key: other");

        await ChangeAsync(rig, NextFingerprint);
        var ended = await EndAsync(rig, RolloverOutcome.Complete);

        Assert.Equal(5, ended.Warmed);
        Assert.Equal(5, await HitsAsync(rig, 5, "X-API-Key: plot"));
        Assert.Equal(0, await HitsAsync(rig, 3, "X-API-Key: other"));
    }

    [Fact]
    public async Task Credentials_WhereAllCallersShare_AskForAll()
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, ApiKeys = ["plot", "other"] },
            [.. On, "Warming:Credentials=plot", "Cache:CredentialScope=Shared"]);
        await AskAsync(rig, 5, "X-API-Key: other");

        await ChangeAsync(rig, NextFingerprint);
        await EndAsync(rig, RolloverOutcome.Complete);

        Assert.Equal(5, await HitsAsync(rig, 5, "X-API-Key: other"));
    }

    [Fact]
    public async Task Credential_ThatIslRefuses_IsAskedWithTwiceAndNoMore()
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, ApiKeys = ["plot"] }, [.. On, "Warming:Credentials=plot"]);
        await AskAsync(rig, 10, "X-API-Key: plot");
        rig.Sim.Fail(401, path: Isl.Validate);

        await ChangeAsync(rig, NextFingerprint);
        var ended = await EndAsync(rig, RolloverOutcome.Credential);

        Assert.Equal(12, rig.Sim.Calls(Isl.Validate));
        Assert.Equal((0, 8), (ended.Warmed, ended.Left));
        Assert.Equal(0, Of<KeptRequests>(rig).Count);
    }

    [Fact]
    public async Task AnotherChange_Meanwhile_BeginsAnew()
    {
        await using var rig = await Rig.StartAsync([.. On, "Warming:Concurrency=1"]);
        await AskAsync(rig, 6);
        rig.Sim.Hang(Isl.Validate);
        await ChangeAsync(rig, NextFingerprint);
        await rig.CallsReachAsync(Isl.Validate, 7);

        await ChangeAsync(rig, "ba9876543210");
        await EndAsync(rig, RolloverOutcome.Epoch);
        rig.Sim.ReleaseHang();
        var ended = await EndAsync(rig, RolloverOutcome.Complete);

        Assert.Equal(6, ended.Warmed);
        Assert.Equal(6, await HitsAsync(rig, 6));
    }

    [Fact]
    public async Task CallersCall_UnderWay_IsNotJoinedByAnother()
    {
        await using var rig = await Rig.StartAsync(On);
        await AskAsync(rig, 6);
        rig.Sim.Hang(Isl.Teach);
        var asking = rig.PostAsync(Isl.Teach, "{}");
        await rig.CallsReachAsync(Isl.Teach, 1);

        await ChangeAsync(rig, NextFingerprint);
        await Eventually.TrueAsync(() => Of<RolloverWatch>(rig).Progress is { Outcome: null }, Soon, "the rollover has begun");
        await rig.IsPolledAsync();
        await rig.IsPolledAsync();
        Assert.Equal(6, rig.Sim.Calls(Isl.Validate));

        rig.Sim.ReleaseHang();
        (await asking).Dispose();
        Assert.Equal(6, (await EndAsync(rig, RolloverOutcome.Complete)).Warmed);
    }

    [Fact]
    public async Task TooManyRequests_IsResumedAfterRetryAfter()
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, RateLimitPerMinute = 20, RateLimitAnswers429 = true },
            [.. On, "Credentials:MinHeadroom=0", "Warming:Concurrency=1", "Warming:Credentials=plot"]);
        await AskAsync(rig, 15, "X-API-Key: plot");

        await ChangeAsync(rig, NextFingerprint);
        await rig.CallsReachAsync(Isl.Validate, 20);
        await rig.IsPolledAsync();
        Assert.InRange(rig.Sim.Calls(Isl.Validate), 20, 21);

        rig.Sim.Reset();
        rig.Sim.SetFingerprint(NextFingerprint);
        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(60));
        Assert.Equal(15, (await EndAsync(rig, RolloverOutcome.Complete)).Warmed);
    }

    [Fact]
    public async Task Time_WhenItIsOver_EndsIt()
    {
        await using var rig = await Rig.StartAsync(
            "Cache:KeepRequests=1MiB", "Rollover:Enabled=true", "Warming:CallsPerMinute=2", "Rollover:MaxDuration=50s");
        await AskAsync(rig, 6);

        await ChangeAsync(rig, NextFingerprint);
        await rig.CallsReachAsync(Isl.Validate, 8);
        await rig.IsPolledAsync();
        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(50));
        var ended = await EndAsync(rig, RolloverOutcome.Time);

        Assert.Equal((2, 4), (ended.Warmed, ended.Left));
    }

    [Fact]
    public async Task SwitchedOff_Meanwhile_Ends()
    {
        await using var rig = await Rig.StartAsync("Cache:KeepRequests=1MiB", "Rollover:Enabled=true", "Warming:CallsPerMinute=2");
        await AskAsync(rig, 6);
        await ChangeAsync(rig, NextFingerprint);
        await rig.CallsReachAsync(Isl.Validate, 8);

        rig.Gateway.Reload("Rollover:Enabled", "false");

        Assert.Equal(4, (await EndAsync(rig, RolloverOutcome.Settings)).Left);
    }

    /// <summary>The call that was under way has not failed: it was left, as the others were.</summary>
    [Fact]
    public async Task SwitchedOff_WhileACallIsUnderWay_LeavesItAndFailsNone()
    {
        await using var rig = await Rig.StartAsync([.. On, "Warming:Concurrency=1"]);
        await AskAsync(rig, 4);
        rig.Sim.Hang(Isl.Validate);
        await ChangeAsync(rig, NextFingerprint);
        await rig.CallsReachAsync(Isl.Validate, 5);

        rig.Gateway.Reload("Rollover:Enabled", "false");

        var ended = await EndAsync(rig, RolloverOutcome.Settings);
        Assert.Equal((0, 4), (ended.Failed, ended.Left));
        var metrics = await Exposition.OfAsync(rig.Gateway);
        Assert.Equal(0, metrics.Sum("isl_gateway_compared_total"));
        Assert.Equal(0, metrics.Sum("isl_gateway_rollover_replayed_total"));
    }

    [Fact]
    public async Task Observer_OfEachRequest_IsToldTheAnswersOfBothEpochs()
    {
        var observer = new RecordingObserver();
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(
            [isl.BaseAddress], services => services.AddSingleton<IRolloverObserver>(observer), On);
        foreach (var number in (int[])[1, 2]) (await gateway.Client.PostAsync(Isl.Validate, WarmingList.Body(number))).Dispose();

        // What no poll has confirmed yet is not kept when ISL turns out to be another.
        var polls = isl.State.HealthCalls;
        await Eventually.TrueAsync(() => isl.State.HealthCalls >= polls + 3, Soon, "the answers are confirmed");
        isl.State.SetFingerprint(NextFingerprint);
        await Eventually.TrueAsync(() => observer.Seen.Count == 2, Soon, "both are told");

        Assert.All(observer.Seen, seen =>
        {
            Assert.Contains("cb0a8a533671", Text(seen.Before), StringComparison.Ordinal);
            Assert.Contains(NextFingerprint, Text(seen.After), StringComparison.Ordinal);
            Assert.InRange(seen.Took, TimeSpan.Zero, Soon);
        });
        static string Text(StoredAnswer? answer) => System.Text.Encoding.UTF8.GetString(answer!.Body.Span);
    }

    /// <summary>Each asks a part: what one has stored the other finds, and a call under way is waited for.</summary>
    [Fact]
    public async Task TwoGateways_OfOneRedis_AskIslOnceForEach()
    {
        string[] settings =
        [
            .. On, $"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}", "Cache:LookupBudget=10s",
            "Lease:Ttl=1m",
        ];
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var one = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await using var other = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        foreach (var gateway in (GatewayUnderTest[])[one, other])
        {
            await gateway.RedisIsUpAsync();
            for (var i = 1; i <= 20; i++) (await gateway.Client.PostAsync(Isl.Validate, WarmingList.Body(i))).Dispose();
        }

        Assert.Equal(20, isl.State.Calls(Isl.Validate));
        isl.State.SetFingerprint(NextFingerprint);
        foreach (var gateway in (GatewayUnderTest[])[one, other])
        {
            var watch = gateway.Services.GetRequiredService<RolloverWatch>();
            await Eventually.TrueAsync(() => watch.Progress?.Outcome == RolloverOutcome.Complete, Soon, "the rollover is complete");
            Assert.Equal(0, watch.Progress!.Failed);
        }

        Assert.Equal(40, isl.State.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Progress_OfIt_StandsInTheStatisticsAndMetrics()
    {
        await using var rig = await Rig.StartAsync(On);
        await AskAsync(rig, 4);
        await ChangeAsync(rig, NextFingerprint);
        await EndAsync(rig, RolloverOutcome.Complete);

        var stats = JsonNode.Parse(await rig.Gateway.ManagementClient.GetStringAsync("/api/stats", TestContext.Current.CancellationToken))!;
        Assert.Equal(("complete", 4), ((string?)stats["rollover"]!["outcome"], (int?)stats["rollover"]!["warmed"]));
        Assert.Equal((4, 1 << 20), ((int?)stats["kept"]!["requests"], (int?)stats["kept"]!["limit_bytes"]));
        var metrics = await Exposition.OfAsync(rig.Gateway);
        Assert.Equal(4, metrics.Sum("isl_gateway_rollover_replayed_total", $"endpoint=\"{Isl.Validate}\"", "result=\"warmed\""));
        Assert.Equal(1, metrics.Sum("isl_gateway_rollovers_total", "outcome=\"complete\""));
        Assert.Equal((4, 0), (Of(metrics, "warmed"), Of(metrics, "left")));
        Assert.Equal(4, metrics.Sum("plot_isl_requests_total", $"endpoint=\"{Isl.Validate}\""));
    }

    /// <summary>From what to what, since when, and why the one before ended.</summary>
    [Fact]
    public async Task Statistics_OfOneUnderWay_SayFromWhereToWhereAndHowFar()
    {
        await using var rig = await Rig.StartAsync([.. On, "Warming:Concurrency=1"]);
        await AskAsync(rig, 3);
        Assert.Null(await StatisticsAsync(rig, "rollover"));
        await ChangeAsync(rig, NextFingerprint);
        await EndAsync(rig, RolloverOutcome.Complete);
        rig.Sim.Hang(Isl.Validate);
        await ChangeAsync(rig, "ba9876543210");
        await rig.CallsReachAsync(Isl.Validate, 7);

        var rollover = (await StatisticsAsync(rig, "rollover"))!;

        Assert.Null(rollover["outcome"]);
        Assert.Null(rollover["ended_at"]);
        Assert.StartsWith(NextFingerprint, (string?)rollover["from"], StringComparison.Ordinal);
        Assert.StartsWith("ba9876543210", (string?)rollover["epoch"], StringComparison.Ordinal);
        Assert.Equal((3, 0, 3, 0), (
            (int)rollover["requests"]!, (int)rollover["warmed"]!, (int)rollover["left"]!, (int)rollover["left_out"]!));
        Assert.True((DateTime)rollover["begun_at"]! > rig.Gateway.Time.GetUtcNow().UtcDateTime.AddHours(-1));
        var before = (await StatisticsAsync(rig, "previous_rollover"))!;
        Assert.Equal(("complete", 3), ((string?)before["outcome"], (int)before["warmed"]!));
        Assert.True((DateTime)before["ended_at"]! >= (DateTime)before["begun_at"]!);
        Assert.Equal(3, Of(await Exposition.OfAsync(rig.Gateway), "left"));
        rig.Sim.ReleaseHang();
        await EndAsync(rig, RolloverOutcome.Complete);
    }

    /// <summary>Whose credential the settings do not have is not asked for: that is an end, too, and one that is counted.</summary>
    [Fact]
    public async Task Credentials_ThatNobodyGave_EndItBeforeItBegins()
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, ApiKeys = ["plot", "other"] }, [.. On, "Warming:Credentials=plot"]);
        await AskAsync(rig, 3, "X-API-Key: other");

        await ChangeAsync(rig, NextFingerprint);
        var ended = await EndAsync(rig, RolloverOutcome.Nobody);

        Assert.Equal((0, 3), (ended.Requests, ended.LeftOut));
        Assert.Equal(3, rig.Sim.Calls(Isl.Validate));
        var metrics = await Exposition.OfAsync(rig.Gateway);
        Assert.Equal((1, 0), (
            metrics["isl_gateway_rollovers_total{outcome=\"nobody\"}"], metrics["isl_gateway_rollovers_total{outcome=\"time\"}"]));
        Assert.Equal(3, Of(metrics, "left_out"));
    }

    /// <summary>An increase is seen only of what was there before.</summary>
    [Fact]
    public async Task Metrics_BeforeAnythingHappened_AreThere()
    {
        await using var rig = await Rig.StartAsync();

        await Eventually.TrueAsync(
            async () => (await rig.Gateway.MetricsAsync()).Contains("isl_gateway_rollovers_total{outcome=\"credential\"} 0",
                StringComparison.Ordinal), Soon, "every outcome is there");

        var series = (await Exposition.OfAsync(rig.Gateway)).Series.ToList();
        Assert.Equal(
            Enum.GetValues<RolloverOutcome>().Length,
            series.Count(one => one.StartsWith("isl_gateway_rollovers_total", StringComparison.Ordinal)));
        Assert.Equal(10, series.Count(one => one.StartsWith("isl_gateway_compared_total", StringComparison.Ordinal)));
        Assert.Contains("isl_gateway_rollover_requests{state=\"left\"}", series);
    }

    private static double Of(Exposition metrics, string state) => metrics[$"isl_gateway_rollover_requests{{state=\"{state}\"}}"];

    private static async Task<JsonNode?> StatisticsAsync(Rig rig, string member) => JsonNode.Parse(
        await rig.Gateway.ManagementClient.GetStringAsync("/api/stats", TestContext.Current.CancellationToken))![member];

    private static T Of<T>(Rig rig) where T : notnull => rig.Gateway.Services.GetRequiredService<T>();

    private static async Task AskAsync(Rig rig, int count, params string[] headers)
    {
        for (var i = 1; i <= count; i++) await rig.StatusOfAsync(Isl.Validate, WarmingList.Body(i), headers);
        await rig.IsPolledAsync();
    }

    private static Task<int> HitsAsync(Rig rig, int count, params string[] headers) => CountAsync(rig, count, headers);

    /// <summary>How many are stored, without asking ISL for those that are not.</summary>
    private static Task<int> StoredAsync(Rig rig, int count) => CountAsync(rig, count, "Cache-Control: only-if-cached, no-store");

    private static async Task<int> CountAsync(Rig rig, int count, params string[] headers)
    {
        var hits = 0;
        for (var i = 1; i <= count; i++)
        {
            var status = await rig.StatusOfAsync(Isl.Validate, WarmingList.Body(i), headers);
            if (status.EndsWith("detail=memory", StringComparison.Ordinal)) hits++;
        }

        return hits;
    }

    private static async Task ChangeAsync(Rig rig, string fingerprint)
    {
        rig.Sim.SetFingerprint(fingerprint);
        await rig.KnowsEpochAsync();
    }

    private static async Task<RolloverProgress> EndAsync(Rig rig, RolloverOutcome outcome)
    {
        RolloverProgress? ended = null;
        await Eventually.TrueAsync(
            () => (ended = Of<RolloverWatch>(rig).Progress)?.Outcome == outcome, Soon, $"a rollover ends ({outcome})");
        return ended!;
    }

    private sealed class RecordingObserver : IRolloverObserver
    {
        public ConcurrentBag<(KeptRequest Request, StoredAnswer? Before, StoredAnswer? After, TimeSpan Took)> Seen { get; } = [];

        public void Replayed(KeptRequest request, StoredAnswer? before, StoredAnswer? after, TimeSpan took) =>
            Seen.Add((request, before, after, took));
    }
}
