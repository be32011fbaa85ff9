using System.Net;
using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using IslSimulator.Knobs;

namespace IslGateway.FunctionalTests;

/// <summary>ISL fails: who is asked then, who is not, and what the callers see.</summary>
public sealed class CircuitBreakingTests
{
    private const string Causal = """family="causal",state=""";

    /// <summary>Failures are counted over longer than a busy machine takes to bring them about.</summary>
    private const string LongWindow = "Circuit:SamplingDuration=5m";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);
    private static int _bodies;

    [Fact]
    public async Task Circuit_TwentyDifferentRequestsFail_OpensForThatFamilyAndAnswersAtOnce()
    {
        await using var rig = await Rig.StartAsync(LongWindow, "Circuit:BreakDuration=10m", "Logging:LogLevel:IslGateway=Information");
        var logs = RecordedLogs.Of(rig.Gateway);
        rig.Sim.Fail(500, path: Isl.Counterfactual);
        for (var i = 0; i < 20; i++) Assert.Equal((500, "status-not-ok"), await AskAsync(rig.Client));
        Assert.Equal(20, rig.Sim.Calls(Isl.Counterfactual));

        for (var i = 0; i < 5; i++) Assert.Equal((503, "circuit-open"), await AskAsync(rig.Client));
        using var refused = await rig.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.InRange(refused.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 600);
        Assert.Equal(20, rig.Sim.TotalCalls);

        Assert.DoesNotContain("circuit-open", await rig.StatusOfAsync("/api/v1/contrastive", "{}"), StringComparison.Ordinal);
        Assert.Equal(21, rig.Sim.TotalCalls);
        Assert.Single(logs.Lines, line => line.Contains("Circuit of replica isl-1 for causal opened", StringComparison.Ordinal));

        var metrics = await Exposition.OfAsync(rig.Gateway);
        Assert.Equal(1, metrics[$$"""isl_gateway_circuit_state{replica="isl-1",{{Causal}}"open"}"""]);
        Assert.Equal(0, metrics[$$"""isl_gateway_circuit_state{replica="isl-1",{{Causal}}"closed"}"""]);
        using var stats = JsonDocument.Parse(
            await rig.Gateway.ManagementClient.GetStringAsync("/api/stats", TestContext.Current.CancellationToken));
        var causal = stats.RootElement.GetProperty("circuits").EnumerateArray()
            .Single(circuit => circuit.GetProperty("family").GetString() == "causal");
        Assert.Equal(("isl-1", "open", 20, 1), (
            causal.GetProperty("replica").GetString(), causal.GetProperty("state").GetString(),
            causal.GetProperty("failing_keys").GetInt32(), causal.GetProperty("opens").GetInt32()));
    }

    [Fact]
    public async Task Circuit_OneRequestFailsOverAndOver_StaysClosed()
    {
        await using var rig = await Rig.StartAsync(LongWindow, "Cooldown:Failures=1000");
        rig.Sim.Fail(500, path: Isl.Counterfactual);
        var poison = NewBody();
        for (var i = 0; i < 25; i++) Assert.Equal((500, "status-not-ok"), await AskAsync(rig.Client, poison));
        rig.Sim.StopFailing();
        Assert.Equal((200, "stored"), await AskAsync(rig.Client));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(422)]
    [InlineData(429)]
    public async Task Circuit_RefusalsOfIsl_StaysClosed(int status)
    {
        await using var rig = await Rig.StartAsync(LongWindow);
        rig.Sim.Fail(status, path: Isl.Counterfactual);
        for (var i = 0; i < 25; i++) Assert.Equal((status, "status-not-ok"), await AskAsync(rig.Client));
        Assert.Equal(25, rig.Sim.TotalCalls);
    }

    [Theory]
    [InlineData(false, 500)]
    [InlineData(true, 429)]
    public async Task Circuit_RateLimitOfIsl_StaysClosedAndTheAnswerPasses(bool as429, int status)
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, RateLimitPerMinute = 3, RateLimitAnswers429 = as429 }, LongWindow);
        for (var i = 0; i < 3; i++) Assert.Equal((200, "stored"), await AskAsync(rig.Client));
        for (var i = 0; i < 25; i++) Assert.Equal((status, "status-not-ok"), await AskAsync(rig.Client));
        var metrics = await Exposition.OfAsync(rig.Gateway);
        Assert.Equal(1, metrics[$$"""isl_gateway_circuit_state{replica="isl-1",{{Causal}}"closed"}"""]);
        Assert.Equal(0, metrics["isl_gateway_cooled_questions"]);
    }

    [Fact]
    public async Task Circuit_OpenAtOneReplica_TheOtherIsAsked()
    {
        await using var bad = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var good = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(
            [bad.BaseAddress, good.BaseAddress], LongWindow, "Circuit:BreakDuration=10m");
        Assert.Equal((200, "stored"), await AskAsync(gateway.Client));
        bad.State.Fail(500);
        var before = bad.State.TotalCalls;
        for (var i = 0; bad.State.TotalCalls < before + 20; i++)
        {
            Assert.True(i < 500, "Load balancing avoids a replica.");
            Assert.Contains((await AskAsync(gateway.Client)).Status, (int[])[200, 500]);
        }

        for (var i = 0; i < 20; i++) Assert.Equal((200, "stored"), await AskAsync(gateway.Client));

        // So is it for what is passed through.
        for (var i = 0; i < 20; i++)
        {
            using var passed = await gateway.Client.PostAsync("/api/v1/causal/validate/strategies", Isl.ValidateBody);
            Assert.NotEqual(HttpStatusCode.InternalServerError, passed.StatusCode);
        }

        Assert.Equal(before + 20, bad.State.TotalCalls);
    }

    [Fact]
    public async Task Circuit_OpenAtTheOnlyReplica_RefusesNothingThatIsPassedThrough()
    {
        await using var rig = await Rig.StartAsync(LongWindow, "Circuit:BreakDuration=10m");
        await OpenAsync(rig);
        rig.Sim.StopFailing();
        using var passed = await rig.PostAsync("/api/v1/causal/validate/strategies", Isl.ValidateBody);
        Assert.Equal(HttpStatusCode.OK, passed.StatusCode);
    }

    [Fact]
    public async Task Circuit_AfterItsBreak_SendsOneCallWhoseSuccessClosesIt()
    {
        // Until the second probe is due, everything else has long been refused.
        await using var rig = await Rig.StartAsync(LongWindow, "Circuit:BreakDuration=5s");
        await OpenAsync(rig);
        rig.Sim.StopFailing();
        rig.Sim.Hang(Isl.Counterfactual);
        var before = rig.Sim.TotalCalls;

        var asked = new List<Task<(int Status, string Detail)>>();
        await Eventually.TrueAsync(
            () =>
            {
                asked.Add(AskAsync(rig.Client));
                return rig.Sim.TotalCalls > before;
            }, Soon, "a call is let through");
        asked.AddRange(Enumerable.Range(0, 30).Select(_ => AskAsync(rig.Client)));
        await Eventually.TrueAsync(() => asked.Count(task => !task.IsCompleted) == 1, Soon, "all but one are answered");
        Assert.All(asked.Where(task => task.IsCompleted), task => Assert.Equal((503, "circuit-open"), task.Result));
        Assert.Equal(before + 1, rig.Sim.TotalCalls);

        rig.Sim.ReleaseHang();
        Assert.Equal((200, "stored"), await asked.Single(task => task.Result.Status == 200));
        for (var i = 0; i < 10; i++) Assert.Equal((200, "stored"), await AskAsync(rig.Client));
    }

    [Fact]
    public async Task Circuit_ProbeThatComputesForLong_KeepsNobodyElseWaiting()
    {
        await using var rig = await Rig.StartAsync(LongWindow, "Circuit:BreakDuration=300ms");
        await OpenAsync(rig);
        rig.Sim.StopFailing();
        rig.Sim.Hang(Isl.Counterfactual);
        var before = rig.Sim.TotalCalls;
        var asked = new List<Task<(int Status, string Detail)>>();
        await Eventually.TrueAsync(
            () =>
            {
                asked.Add(AskAsync(rig.Client));
                return rig.Sim.TotalCalls > before;
            }, Soon, "a call is let through");

        var other = 0;
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await rig.PostAsync(
                    Isl.Validate, Isl.ValidateBody.Replace("Revenue", $"R{other++}", StringComparison.Ordinal));
                return answer.StatusCode == HttpStatusCode.OK;
            }, Soon, "another call of the family is let through and closes the circuit");
        Assert.Contains(asked, task => !task.IsCompleted);
        rig.Sim.ReleaseHang();
        await Task.WhenAll(asked);
    }

    [Fact]
    public async Task Circuit_OpenAtOneReplica_ItsPlacesAreNotTheOthers()
    {
        await using var bad = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var good = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(
            [bad.BaseAddress, good.BaseAddress], LongWindow, "Circuit:BreakDuration=10m", "Limits:MaxConcurrentUpstream=2");
        Assert.Equal((200, "stored"), await AskAsync(gateway.Client));
        bad.State.Fail(500);
        var already = bad.State.TotalCalls;
        for (var i = 0; bad.State.TotalCalls < already + 20; i++)
        {
            Assert.True(i < 500, "Load balancing avoids a replica.");
            await AskAsync(gateway.Client);
        }

        good.State.Hang(Isl.Counterfactual);
        var before = good.State.TotalCalls;
        var asked = Enumerable.Range(0, 8).Select(_ => AskAsync(gateway.Client)).ToList();
        await Eventually.TrueAsync(
            async () => good.State.TotalCalls >= before + 2 && (await Exposition.OfAsync(gateway))["isl_gateway_queue_length"] == 6,
            Soon, "two calls are under way and six wait");
        Assert.Equal(before + 2, good.State.TotalCalls);
        good.State.ReleaseHang();
        Assert.All(await Task.WhenAll(asked), answer => Assert.Equal((200, "stored"), answer));
    }

    [Fact]
    public async Task Circuit_ProbeThatGetsNoAnswer_DoesNotWedgeIt()
    {
        await using var rig = await Rig.StartAsync(
            LongWindow, "Circuit:BreakDuration=100ms", "Endpoints:CausalCounterfactual:Timeout=1s",
            "Endpoints:CausalCounterfactual:UpstreamTimeout=1s");
        await OpenAsync(rig);
        rig.Sim.StopFailing();
        rig.Sim.Hang(Isl.Counterfactual);
        var before = rig.Sim.TotalCalls;
        await Eventually.TrueAsync(
            async () => (await AskAsync(rig.Client)).Status == 504 && rig.Sim.TotalCalls > before, Soon, "a probe gets no answer");
        rig.Sim.ReleaseHang();
        await Eventually.TrueAsync(async () => (await AskAsync(rig.Client)).Status == 200, Soon, "the circuit closes");
    }

    [Fact]
    public async Task Cooldown_RequestThatFailsEveryTime_IsRefusedAloneAndThenTriedAgain()
    {
        await using var rig = await Rig.StartAsync("Cooldown:FirstBreak=3s", "Cooldown:SamplingDuration=5m");
        rig.Sim.Fail(500, 5, Isl.Counterfactual);
        var poison = NewBody();
        for (var i = 0; i < 5; i++) Assert.Equal((500, "status-not-ok"), await AskAsync(rig.Client, poison));
        Assert.Equal((503, "cooling-down"), await AskAsync(rig.Client, poison));
        Assert.Equal(5, rig.Sim.TotalCalls);
        Assert.Equal(1, (await Exposition.OfAsync(rig.Gateway))["isl_gateway_cooled_questions"]);
        for (var i = 0; i < 5; i++) Assert.Equal((200, "stored"), await AskAsync(rig.Client));

        await Eventually.TrueAsync(async () => (await AskAsync(rig.Client, poison)).Status == 200, Soon, "the request is tried again");
        Assert.Equal(11, rig.Sim.TotalCalls);
    }

    [Theory]
    [InlineData("""{"cut":""")]
    [InlineData("""{"effect":NaN}""")]
    [InlineData("<h1>Sorry</h1>")]
    public async Task Cooldown_RequestWhoseAnswerMakesNoSense_CoolsToo(string nonsense)
    {
        await using var rig = await Rig.StartAsync("Cooldown:FirstBreak=1m", "Cooldown:SamplingDuration=5m");
        rig.Sim.Update(knobs => knobs with { RawBodies = [new RawBodyKnob(Isl.Counterfactual, nonsense)] });
        var body = NewBody();
        for (var i = 0; i < 5; i++) Assert.Equal((502, "invalid-answer"), await AskAsync(rig.Client, body));

        Assert.Equal((503, "cooling-down"), await AskAsync(rig.Client, body));
        Assert.Equal(5, rig.Sim.TotalCalls);
    }

    [Fact]
    public async Task Cooldown_ReplicaThatCannotBeReached_CoolsNoRequest()
    {
        await using var gateway = await GatewayUnderTest.StartAsync(new Uri($"http://127.0.0.1:{FreePort.Next()}"));
        var body = NewBody();
        for (var i = 0; i < 8; i++) Assert.Equal((502, "upstream-unreachable"), await AskAsync(gateway.Client, body));
    }

    [Theory]
    [InlineData(false, 0, 1)]
    [InlineData(false, 1, 2)]
    [InlineData(true, 1, 2)]
    [InlineData(true, 3, 4)]
    public async Task Cooldown_RequestThatCrashesIsl_IsSentNoOftenerThanRetriesAllowAndThenCools(bool resets, int more, int sends)
    {
        await using var isl = new ScriptedUpstream(Scripts.ComputesThenEnds(0, resets));
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.Address, $"Retry:MaxAttempts={more}", "Cooldown:SamplingDuration=5m", "Cooldown:FirstBreak=1m");
        var body = NewBody();
        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal((502, "upstream-unreachable"), await AskAsync(gateway.Client, body));
            Assert.Equal(i * sends, isl.CutOff);
        }

        Assert.Equal((503, "cooling-down"), await AskAsync(gateway.Client, body));
        Assert.Equal(5 * sends, isl.CutOff);
    }

    [Fact]
    public async Task Resend_OfWhatMetTheEndOfAConnection_GoesToAnotherReplicaAndCountsNothing()
    {
        await using var cutting = new ScriptedUpstream(Scripts.ComputesThenEnds(1));
        await using var sound = new ScriptedUpstream(Scripts.Computes);
        await using var gateway = await GatewayUnderTest.StartAsync(
            [cutting.Address, sound.Address], LongWindow, "Retry:MaxAttempts=0", "Circuit:MinimumFailures=2", "Circuit:FailureRatio=0.01",
            "Circuit:BreakDuration=10m");
        for (var i = 0; i < 30; i++) Assert.Equal((200, "stored"), await AskAsync(gateway.Client));
        Assert.InRange(cutting.CutOff, 3, 15);
    }

    [Fact]
    public async Task Cooldown_RequestAfterWhichNobodyIsThere_CoolsAllTheSame()
    {
        await using var isl = new ScriptedUpstream(Scripts.Computes, health: Scripts.Ends(AfterAnswer.Close));
        isl.Answer = _ =>
        {
            isl.Vanish();
            return Task.FromResult(AfterAnswer.Reset);
        };
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, "Cooldown:SamplingDuration=5m", "Cooldown:FirstBreak=1m");
        var body = NewBody();
        for (var i = 1; i <= 5; i++)
        {
            Assert.Equal((502, "upstream-unreachable"), await AskAsync(gateway.Client, body));
            Assert.Equal(i, isl.CutOff);
            isl.Listen();
        }

        Assert.Equal((503, "cooling-down"), await AskAsync(gateway.Client, body));
    }

    [Theory]
    [InlineData("0", 1, 2)]
    [InlineData("2", 1, 1)]
    [InlineData("0", 0, 1)]
    [InlineData("0", 3, 4)]
    public async Task Retry_WhatIslAsksFor_IsRespected(string retryAfter, int more, int calls)
    {
        await using var isl = new ScriptedUpstream(
            Scripts.Says(Scripts.Message("503 Busy", "{}", $"Retry-After: {retryAfter}\r\nConnection: close\r\n")), Scripts.NotFound);
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address, $"Retry:MaxAttempts={more}");
        Assert.Equal(503, (await AskAsync(gateway.Client)).Status);
        Assert.Equal(calls, isl.Calls.Count);
    }

    private static async Task OpenAsync(Rig rig)
    {
        rig.Sim.Fail(500, path: Isl.Counterfactual);
        for (var i = 0; i < 20; i++) Assert.Equal((500, "status-not-ok"), await AskAsync(rig.Client));
    }

    private static string NewBody() =>
        Isl.CounterfactualBody.Replace("60", $"{1_000 + Interlocked.Increment(ref _bodies)}", StringComparison.Ordinal);

    /// <summary>Asks something new, or this.</summary>
    /// <returns>The status, and the last word of the cache's account.</returns>
    private static async Task<(int Status, string Detail)> AskAsync(HttpClient client, string? body = null)
    {
        using var response = await client.PostAsync(Isl.Counterfactual, body ?? NewBody());
        return ((int)response.StatusCode, response.CacheStatus().Split("; ")[^1].Replace("detail=", "", StringComparison.Ordinal));
    }
}
