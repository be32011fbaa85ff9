using System.Net;
using System.Text.Json.Nodes;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>What is asked before callers ask: all of it is stored, and nobody who asks meanwhile is held up by it.</summary>
public sealed class WarmingTests
{
    private const string AtOnce = "Warming:CallsPerMinute=100000";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task Api_AThousandLines_AreStoredButTheMalformedAndTheFailing()
    {
        await using var rig = await Rig.StartAsync(AtOnce, "Warming:Concurrency=8");

        var said = await rig.Gateway.WarmAsync(WarmingList.Flawed(1_000));

        Assert.Equal((998, 0, 1, 1), WarmingList.Counts(said[^1]));
        Assert.True((bool?)said[^1]["anonymous"]);
        Assert.Equal(Enumerable.Range(1, 1_000).Select(n => (long)n), said.SkipLast(1).Select(line => (long)line["line"]!).Order());
        Assert.Equal("It is no valid JSON (byte 9).", (string?)LineOf(said, 500)["error"]);
        Assert.Equal(422, (int?)LineOf(said, 750)["status"]);
        Assert.Equal("IslGateway; fwd=miss; fwd-status=422; detail=status-not-ok", (string?)LineOf(said, 750)["cache_status"]);
        Assert.Equal("IslGateway; fwd=miss; stored", (string?)LineOf(said, 1)["cache_status"]);
        await AssertWarmAsync(rig);
    }

    [Fact]
    public async Task FileAtStart_AThousandLines_AreStoredAndTheOthersNamedInTheLog()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        var file = Path.Combine(Path.GetTempPath(), $"warm-{Guid.NewGuid():N}.ndjson");
        await File.WriteAllTextAsync(file, WarmingList.Flawed(1_000), TestContext.Current.CancellationToken);
        try
        {
            await using var gateway = GatewayProcess.Start(
            [
                "--environment=Production", $"--Isl:BaseUrl={isl.BaseAddress}", $"--Warming:File={file}", "--" + AtOnce,
                "--Warming:Concurrency=8",
            ]);
            await Eventually.TrueAsync(
                () => gateway.Output.Contains(
                    "Warming ended: warmed 998, known 0, failed 1, malformed 1", StringComparison.Ordinal), Soon, "the file is warmed");

            Assert.Contains("line 500 is not stored: It is no valid JSON", gateway.Output, StringComparison.Ordinal);
            Assert.Contains("line 750 is not stored: 422, IslGateway; fwd=miss; fwd-status=422", gateway.Output, StringComparison.Ordinal);
            Assert.Contains("Warming:Credentials is empty", gateway.Output, StringComparison.Ordinal);
            Assert.Equal(999, isl.State.Calls(Isl.Validate));
            using var client = new HttpClient { BaseAddress = gateway.Address };
            using var answer = await client.PostAsync(Isl.Validate, WarmingList.Body(1_000));
            Assert.EndsWith("detail=memory", answer.CacheStatus(), StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task FileAtStart_NotThere_IsSaidAndTheGatewayServes()
    {
        await using var rig = await Rig.StartAsync("Warming:File=/nowhere/list.ndjson");

        Assert.Equal("IslGateway; fwd=miss; stored", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        await Eventually.TrueAsync(
            async () => (await WarningAsync(rig))?.Contains("Warming:File", StringComparison.Ordinal) == true, Soon, "readiness warns");

        await rig.Gateway.WarmAsync(WarmingList.Of(1, 1));
        Assert.DoesNotContain("Warming:File", await WarningAsync(rig) ?? "", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Known_OnceMore_AsksNothingAndNeedsNoBudget()
    {
        await using var rig = await Rig.StartAsync("Warming:CallsPerMinute=3");
        Assert.Equal((3, 0, 0, 0), WarmingList.Counts((await rig.Gateway.WarmAsync(WarmingList.Of(1, 3)))[^1]));

        var again = await rig.Gateway.WarmAsync(WarmingList.Of(1, 3) + WarmingList.Of(1, 3));

        Assert.Equal((0, 6, 0, 0), WarmingList.Counts(again[^1]));
        Assert.Equal(3, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Budget_UsedUp_IsWaitedFor()
    {
        await using var rig = await Rig.StartAsync("Warming:CallsPerMinute=5", "Warming:Concurrency=4");

        var warming = rig.Gateway.WarmAsync(WarmingList.Of(1, 8));
        await rig.CallsReachAsync(Isl.Validate, 5);
        await rig.IsPolledAsync();
        Assert.False(warming.IsCompleted);
        Assert.Equal(5, rig.Sim.Calls(Isl.Validate));

        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(60));
        Assert.Equal((8, 0, 0, 0), WarmingList.Counts((await warming)[^1]));
        Assert.Equal(8, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task RevokedKey_IsAskedWithTwiceAndNoMore()
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, ApiKeys = ["good"] }, AtOnce, "Warming:Credentials=revoked", "Warming:Concurrency=4");

        var said = await rig.Gateway.WarmAsync(WarmingList.Of(1, 50));

        Assert.Equal(2, rig.Sim.Calls(Isl.Validate));
        Assert.Equal("ISL refuses every credential", (string?)said[^1]["stopped"]);
        Assert.Equal(0, WarmingList.Counts(said[^1]).Warmed);
        Assert.Equal(2, said.Count(line => (int?)line["status"] == 401));
    }

    [Fact]
    public async Task Credentials_EachWarmsItsOwnPart_AndARevokedOneEndsAlone()
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, ApiKeys = ["plot", "other"] }, AtOnce, "Logging:LogLevel:IslGateway.Workflows=Debug",
            "Warming:Credentials=plot,X-API-Key: revoked,other");
        using var logs = RecordedLogs.Of(rig.Gateway);

        var said = await rig.Gateway.WarmAsync(WarmingList.Of(1, 20));

        Assert.Equal(40, WarmingList.Counts(said[^1]).Warmed);
        Assert.Null(said[^1]["stopped"]);
        Assert.Equal(2, said.Count(line => (int?)line["status"] == 401));
        Assert.Equal(42, rig.Sim.Calls(Isl.Validate));
        Assert.Equal([1, 3], said.Where(line => (long?)line["line"] == 20).Select(line => (int)line["credential"]!).Order());
        Assert.EndsWith("memory", await rig.StatusOfAsync(Isl.Validate, WarmingList.Body(7), "X-API-Key: plot"), StringComparison.Ordinal);
        Assert.EndsWith("memory", await rig.StatusOfAsync(Isl.Validate, WarmingList.Body(7), "X-API-Key: other"), StringComparison.Ordinal);
        Assert.Contains("401", await rig.StatusOfAsync(Isl.Validate, WarmingList.Body(7)), StringComparison.Ordinal);
        Assert.Contains(logs.Lines, line => line.Contains("Warming ended", StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Lines, line => line.Contains("plot", StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Lines, line => line.Contains("revoked", StringComparison.Ordinal));
    }

    [Fact]
    public async Task TooManyRequests_IsResumedAfterRetryAfter()
    {
        await using var isl = new ScriptedUpstream(Scripts.FirstThen(
            Scripts.Says(Scripts.Message("429 Too Many Requests", "{}", "Retry-After: 300\r\n"), AfterAnswer.Keep), Scripts.Computes));
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, AtOnce);

        var warming = gateway.WarmAsync(WarmingList.Of(1, 5));
        await Eventually.TrueAsync(() => isl.Answered == 1, Soon, "ISL has refused one");
        await isl.IsPolledAsync();
        gateway.Time.Pass(TimeSpan.FromSeconds(290));
        await isl.IsPolledAsync();
        Assert.Single(isl.Calls);
        Assert.False(warming.IsCompleted);

        gateway.Time.Pass(TimeSpan.FromSeconds(10));
        Assert.Equal((5, 0, 0, 0), WarmingList.Counts((await warming)[^1]));
        Assert.Equal(6, isl.Calls.Count);
    }

    [Fact]
    public async Task RateLimitInIslsOwnWords_IsWaitedOut()
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, RateLimitPerMinute = 4 }, AtOnce, "Credentials:MinHeadroom=0", "Warming:Concurrency=1");

        var warming = rig.Gateway.WarmAsync(WarmingList.Of(1, 6));
        await rig.CallsReachAsync(Isl.Validate, 4);
        await rig.IsPolledAsync();
        Assert.False(warming.IsCompleted);
        Assert.Equal(4, rig.Sim.Calls(Isl.Validate));

        rig.Sim.Update(knobs => knobs with { RateLimitPerMinute = 0 });
        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(60));
        Assert.Equal((6, 0, 0, 0), WarmingList.Counts((await warming)[^1]));
    }

    [Fact]
    public async Task Callers_Waiting_AreServedBeforeIt()
    {
        await using var rig = await Rig.StartAsync(AtOnce, "Limits:MaxConcurrentUpstream=1", "Warming:Concurrency=4");
        rig.Sim.Hang(Isl.Counterfactual);
        var callers = Enumerable.Range(0, 6).Select(n => rig.PostAsync(
            Isl.Counterfactual, Isl.CounterfactualBody.Replace("60", $"6{n}", StringComparison.Ordinal))).ToList();
        await rig.CallsReachAsync(Isl.Counterfactual, 1);

        var warming = rig.Gateway.WarmAsync(WarmingList.Of(1, 6));
        await rig.HoldsAsync(6 + 4);
        await rig.IsPolledAsync();
        Assert.Equal(0, rig.Sim.Calls(Isl.Validate));

        rig.Sim.ReleaseHang();
        foreach (var answer in await Task.WhenAll(callers)) answer.Dispose();
        Assert.Equal((6, 0, 0, 0), WarmingList.Counts((await warming)[^1]));
        var order = rig.Sim.LastCalls().Where(call => call.Path is Isl.Validate or Isl.Counterfactual).Select(call => call.Path).ToList();
        Assert.Equal(6, order.TakeWhile(path => path == Isl.Counterfactual).Count());
    }

    [Fact]
    public async Task Caller_Leaving_EndsIt()
    {
        await using var rig = await Rig.StartAsync(AtOnce);
        rig.Sim.Hang(Isl.Validate);
        using (var leaving = new CancellationTokenSource())
        {
            var warming = rig.Gateway.ManagementClient.SendAsync(
                Isl.Post(WarmingList.Path, WarmingList.Of(1, 500)), HttpCompletionOption.ResponseContentRead, leaving.Token);
            await rig.CallsReachAsync(Isl.Validate, 1);
            await leaving.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => warming);
        }

        await CountsOnceFreeAsync(rig, "");
        rig.Sim.ReleaseHang();
        Assert.Equal((1, 0, 0, 0), await CountsOnceFreeAsync(rig, WarmingList.Of(1_000, 1)));
        Assert.Equal(2, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Gateway_Stopping_DoesNotWaitForIt()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Warming:CallsPerMinute=1", "Shutdown:DrainTimeout=10m");
        using var client = new HttpClient { BaseAddress = gateway.Management };
        var warming = client.PostAsync(WarmingList.Path, WarmingList.Of(1, 500));
        await Eventually.TrueAsync(() => isl.State.Calls(Isl.Validate) == 1, Soon, "the warming has begun");

        await gateway.DisposeAsync().AsTask().WaitAsync(Soon, TestContext.Current.CancellationToken);

        using var answer = await warming;
        Assert.Equal("the gateway stops", (string?)WarmingList.Parse(await answer.TextAsync()).Last()["stopped"]);
    }

    [Fact]
    public async Task Another_Meanwhile_IsRefused()
    {
        await using var rig = await Rig.StartAsync(AtOnce);
        rig.Sim.Hang(Isl.Validate);
        var warming = rig.Gateway.WarmAsync(WarmingList.Of(1, 3));
        await rig.CallsReachAsync(Isl.Validate, 1);

        using (var other = await rig.Gateway.ManagementClient.PostAsync(WarmingList.Path, WarmingList.Of(4, 1)))
        {
            Assert.Equal(HttpStatusCode.Conflict, other.StatusCode);
            Assert.Contains("gateway_warming_under_way", await other.TextAsync(), StringComparison.Ordinal);
        }

        rig.Sim.ReleaseHang();
        Assert.Equal((3, 0, 0, 0), WarmingList.Counts((await warming)[^1]));
    }

    [Fact]
    public async Task Lines_OfEveryWrongKind_AreNamedAndTheRestIsWarmed()
    {
        await using var rig = await Rig.StartAsync(AtOnce, "Limits:MaxRequestBodySize=1KiB");
        var list = "[\n" + "\n"
            + WarmingList.Line("{}", Isl.Teach) + WarmingList.Line("{}", "/nothing") + WarmingList.Line("{}", "/gateway/v1/batch")
            + WarmingList.Line($"\"{new string('x', 2_000)}\"") + WarmingList.Line($"\"{new string('x', 100_000)}\"")
            + """{"endpoint":"/api/v1/causal/validate","payload":{"dag":{"nodes":["A","B"],"edges":[["A","B"]]},"treatment":"A","outcome":"B"}}""";

        var said = await rig.Gateway.WarmAsync(list);

        Assert.Equal((1, 0, 4, 2), WarmingList.Counts(said[^1]));
        Assert.Contains("begins a list", (string?)LineOf(said, 1)["error"], StringComparison.Ordinal);
        Assert.Contains("TeachingTeach are not cached", (string?)LineOf(said, 3)["error"], StringComparison.Ordinal);
        Assert.Contains("none of the endpoint table", (string?)LineOf(said, 4)["error"], StringComparison.Ordinal);
        Assert.Contains("none of the endpoint table", (string?)LineOf(said, 5)["error"], StringComparison.Ordinal);
        Assert.Equal(413, (int?)LineOf(said, 6)["status"]);
        Assert.Contains("longer than Limits:MaxRequestBodySize", (string?)LineOf(said, 7)["error"], StringComparison.Ordinal);
        Assert.Equal("IslGateway; fwd=miss; stored", (string?)LineOf(said, 8)["cache_status"]);
        Assert.Equal(0, rig.Sim.Calls(Isl.Teach));
    }

    /// <summary>Many HTTP clients send all they have before they read anything.</summary>
    [Fact]
    public async Task Client_ReadingNothingBeforeAllIsSent_IsNotWaitedFor()
    {
        await using var rig = await Rig.StartAsync();
        var list = string.Concat(Enumerable.Repeat("nonsense\n", 300_000));

        var said = await rig.Gateway.WarmAsync(list).WaitAsync(Soon, TestContext.Current.CancellationToken);

        Assert.Equal((0, 0, 0, 300_000), WarmingList.Counts(said[^1]));
        Assert.Equal(300_000, said.Count - 1 + ((long?)said[^1]["omitted"] ?? 0));
    }

    [Theory]
    [InlineData(null, 401)]
    [InlineData("wrong", 401)]
    [InlineData("right", 200)]
    public async Task Key_IsNeeded(string? key, int status)
    {
        await using var rig = await Rig.StartAsync("Management:ApiKeys=right", AtOnce);

        using var answer = await rig.Gateway.ManagementClient.PostAsync(
            WarmingList.Path, WarmingList.Of(1, 1), key is null ? [] : [$"Authorization: Bearer {key}"]);

        Assert.Equal(status, (int)answer.StatusCode);
        Assert.Equal(status == 200 ? 1 : 0, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Failures_OfIsl_AreNotTriedAgainOutsideTheBudget()
    {
        await using var rig = await Rig.StartAsync("Warming:CallsPerMinute=3", "Warming:Concurrency=1");
        rig.Sim.Fail(502, path: Isl.Validate);

        var said = await rig.Gateway.WarmAsync(WarmingList.Of(1, 3));

        Assert.Equal((0, 0, 3, 0), WarmingList.Counts(said[^1]));
        Assert.Equal(3, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task ModeOff_IsRefused()
    {
        await using var rig = await Rig.StartAsync("Cache:Mode=Off");

        using var answer = await rig.Gateway.ManagementClient.PostAsync(WarmingList.Path, WarmingList.Of(1, 1));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains("Cache:Mode is Off", await answer.TextAsync(), StringComparison.Ordinal);
    }

    private static JsonObject LineOf(IReadOnlyList<JsonObject> said, long line) => said.Single(one => (long?)one["line"] == line);

    private static async Task<string?> WarningAsync(Rig rig)
    {
        var ready = await rig.Gateway.ManagementClient.GetStringAsync("/health/ready", TestContext.Current.CancellationToken);
        return (string?)JsonNode.Parse(ready)!["warning"];
    }

    /// <summary>A thousand lines are warmed: a caller has any of them, and the requests that are counted are the callers'.</summary>
    private static async Task AssertWarmAsync(Rig rig)
    {
        Assert.Equal(999, rig.Sim.Calls(Isl.Validate));
        foreach (var n in (int[])[1, 499, 501, 1_000])
            Assert.EndsWith("detail=memory", await rig.StatusOfAsync(Isl.Validate, WarmingList.Body(n)), StringComparison.Ordinal);
        Assert.Equal(999, rig.Sim.Calls(Isl.Validate));
        var metrics = await Exposition.OfAsync(rig.Gateway);
        var label = $"endpoint=\"{Isl.Validate}\"";
        Assert.Equal(4, metrics.Sum("plot_isl_requests_total", label));
        Assert.Equal(4, metrics.Sum("plot_isl_cache_hits_total", label));
        Assert.Equal(0, metrics.Sum("plot_isl_cache_misses_total", label));
        Assert.Equal(998, metrics.Sum("isl_gateway_warmed_total", label, "result=\"warmed\""));
        Assert.Equal(1, metrics.Sum("isl_gateway_warmed_total", label, "result=\"failed\""));
        Assert.Equal(999, metrics[$"isl_gateway_upstream_duration_seconds_count{{{label}}}"]);
    }

    /// <summary>What a warming says, once the one before has ended.</summary>
    private static async Task<(long Warmed, long Known, long Failed, long Malformed)> CountsOnceFreeAsync(Rig rig, string list)
    {
        JsonObject? last = null;
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await rig.Gateway.ManagementClient.PostAsync(WarmingList.Path, list);
                if (answer.StatusCode == HttpStatusCode.Conflict) return false;
                last = WarmingList.Parse(await answer.TextAsync()).Last();
                return true;
            },
            Soon, "the warming has ended");
        return WarmingList.Counts(last!);
    }
}
