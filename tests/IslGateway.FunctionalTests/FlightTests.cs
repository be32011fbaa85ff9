using System.Net;
using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using IslSimulator.Knobs;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>One call for all who ask: who shares it, who must not, and what becomes of it when callers leave or ISL fails.</summary>
public sealed class FlightTests
{
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string Collapsed = "IslGateway; fwd=miss; collapsed";
    private const string Hit = "detail=memory";
    private const string CacheStats = "/cache/stats";

    [Fact]
    public async Task Callers_TwoHundredAtOnce_AreOneUpstreamCallAndEachHasItsOwnId()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Hang(Isl.Validate);
        var asking = Ask(rig, 200);
        await rig.HoldsAsync(200);
        rig.Sim.ReleaseHang();

        var answers = await Task.WhenAll(asking);

        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Equal(Stored, Assert.Single(answers, answer => answer.CacheStatus() == Stored).CacheStatus());
        Assert.All(answers.Where(answer => answer.CacheStatus() != Stored), answer => Assert.Equal(Collapsed, answer.CacheStatus()));
        for (var i = 0; i < answers.Length; i++)
        {
            Assert.Equal($"caller-{i}", answers[i].RequestId());
            Assert.Equal($"caller-{i}", IdIn(await answers[i].TextAsync()));
            answers[i].Dispose();
        }
    }

    [Fact]
    public async Task Leader_Disconnects_OthersAreAnsweredAndTheAnswerIsStored()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Hang(Isl.Validate);
        using var leaving = new CancellationTokenSource();
        var leader = SendAsync(rig, leaving.Token);
        await rig.CallsReachAsync(Isl.Validate, 1);
        var others = Ask(rig, 3);
        await rig.HoldsAsync(4);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leader);
        rig.Sim.ReleaseHang();

        foreach (var answer in await Task.WhenAll(others))
        {
            Assert.Equal((HttpStatusCode.OK, Collapsed), (answer.StatusCode, answer.CacheStatus()));
            answer.Dispose();
        }

        Assert.EndsWith(Hit, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Callers_AllDisconnect_TheAnswerIsStoredAllTheSame()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Hang(Isl.Validate);
        using var leaving = new CancellationTokenSource();
        var asking = Enumerable.Range(0, 3).Select(_ => SendAsync(rig, leaving.Token)).ToArray();
        await rig.CallsReachAsync(Isl.Validate, 1);
        await rig.HoldsAsync(3);

        await leaving.CancelAsync();
        foreach (var caller in asking) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => caller);
        await Eventually.TrueAsync(
            () => rig.Buffers.InUse == Isl.ValidateBody.Length, TimeSpan.FromSeconds(60), "only the fill holds a body");
        rig.Sim.ReleaseHang();

        await Eventually.TrueAsync(() => rig.Memory.Entries == 1, TimeSpan.FromSeconds(60), "the answer is stored");
        Assert.EndsWith(Hit, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Deadline_OfTheCaller_IsItsOwnAndTheFillGoesOn()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Hang(Isl.Validate);
        var patient = rig.PostAsync(Isl.Validate, Isl.ValidateBody);
        await rig.CallsReachAsync(Isl.Validate, 1);

        using var hasty = await rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Timeout-Ms: 200", "X-Request-Id: hasty");
        rig.Sim.ReleaseHang();
        using var whole = await patient;

        Assert.Equal(HttpStatusCode.GatewayTimeout, hasty.StatusCode);
        Assert.Equal(TimeSpan.FromSeconds(1), hasty.Headers.RetryAfter?.Delta);
        Assert.Equal("IslGateway; detail=deadline-passed", hasty.CacheStatus());
        await IsProblemAsync(hasty, "ISL_TIMEOUT", "gateway_deadline_passed", "hasty");
        Assert.Equal((HttpStatusCode.OK, Stored), (whole.StatusCode, whole.CacheStatus()));
        Assert.EndsWith(Hit, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deadline_OfTheOnlyCaller_LeavesTheFillRunningAndItsAnswerStored()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Hang(Isl.Validate);

        await rig.LeavesAsync(Isl.Validate, Isl.ValidateBody);
        rig.Sim.ReleaseHang();

        await rig.BecomesAsync(Hit, Isl.Validate, Isl.ValidateBody);
        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task UpstreamTimeout_EndsTheCallAndIsNotRetried()
    {
        await using var rig = await Rig.StartAsync(
            "Endpoints:CausalValidate:UpstreamTimeout=300ms", "Endpoints:CausalValidate:Timeout=250ms");
        rig.Sim.Hang(Isl.Validate);

        using var first = await rig.PostAsync(Isl.Validate, Isl.ValidateBody);
        await rig.HoldsNothingAsync();

        Assert.Equal(HttpStatusCode.GatewayTimeout, first.StatusCode);
        Assert.Equal((1, 0), (rig.Sim.Calls(Isl.Validate), rig.Memory.Entries));
    }

    [Fact]
    public async Task Credentials_Partitioned_DoNotShareAFlight()
    {
        await using var rig = await Rig.StartAsync(TwoKeys());
        rig.Sim.Hang(Isl.Validate);
        var a = rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: a");
        var b = rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: b");
        await rig.CallsReachAsync(Isl.Validate, 2);
        rig.Sim.ReleaseHang();

        using var first = await a;
        using var second = await b;

        Assert.Equal([Stored, Stored], [first.CacheStatus(), second.CacheStatus()]);
        Assert.Equal(["a", "b"], rig.Sim.LastCalls(Isl.Validate).Select(call => call.Header("X-API-Key")).Order());
    }

    [Fact]
    public async Task Credentials_Shared_OneEntryServesEachThatIslAccepts()
    {
        await using var rig = await Rig.StartAsync(TwoKeys(), "Cache:CredentialScope=Shared");

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: a"));
        for (var i = 0; i < 2; i++)
        {
            foreach (var key in (string[])["a", "b"])
                Assert.EndsWith(
                    Hit, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: " + key), StringComparison.Ordinal);
        }

        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));
        Assert.Equal("b", Assert.Single(rig.Sim.LastCalls(CacheStats)).Header("X-API-Key"));
    }

    [Theory]
    [InlineData("X-API-Key: wrong")]
    [InlineData("Authorization: Bearer a")]
    [InlineData("X-Nothing: at-all")]
    public async Task Credentials_SharedAndInvalid_GetIslsRefusalAndNeverTheStoredAnswer(string header)
    {
        await using var rig = await Rig.StartAsync(TwoKeys(), "Cache:CredentialScope=Shared");
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: a"));

        for (var i = 0; i < 2; i++)
        {
            using var refused = await rig.PostAsync(Isl.Validate, Isl.ValidateBody, header, $"X-Request-Id: refused-{i}");

            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            Assert.Equal("IslGateway; fwd=miss; fwd-status=401; detail=refused-credential", refused.CacheStatus());
            Assert.Contains("\"ISL_UNAUTHORIZED\"", await refused.TextAsync(), StringComparison.Ordinal);
            Assert.Contains($"\"refused-{i}\"", await refused.TextAsync(), StringComparison.Ordinal);
        }

        Assert.Single(rig.Sim.LastCalls(CacheStats));
        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Credentials_ProbeCannotTell_IslDecidesAndNothingStoredIsGiven()
    {
        await using var rig = await Rig.StartAsync(TwoKeys(), "Cache:CredentialScope=Shared");
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: a"));
        rig.Sim.Fail(500, path: CacheStats);

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: b"));

        Assert.Equal(["a", "b"], rig.Sim.LastCalls(Isl.Validate).Select(call => call.Header("X-API-Key")));
    }

    [Fact]
    public async Task Credentials_RefusedLeader_ItsRefusalIsNotGivenToOthers()
    {
        await using var rig = await Rig.StartAsync(TwoKeys(), "Cache:CredentialScope=Shared");
        await ProveAsync(rig, "b");

        // The simulator refuses before it hangs: so the leader's call itself is played as refused, and only its own.
        rig.Sim.Update(knobs => knobs with { Hang = new HangKnob(Isl.Validate), Errors = [new ErrorKnob(401, 1, Isl.Validate)] });
        var leading = rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: a");
        await rig.CallsReachAsync(Isl.Validate, 1);
        var waiting = Enumerable.Range(0, 3).Select(_ => rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: b")).ToArray();
        await rig.HoldsAsync(4);
        rig.Sim.ReleaseHang();

        using var refused = await leading;
        var answers = await Task.WhenAll(waiting);

        Assert.Equal(
            (HttpStatusCode.Unauthorized, "IslGateway; fwd=miss; fwd-status=401; detail=status-not-ok"),
            (refused.StatusCode, refused.CacheStatus()));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        Assert.Single(answers, answer => answer.CacheStatus() == Stored);
        Assert.Equal(2, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Credentials_InvalidWhileAFlightIsUnderWay_DoNotJoinIt()
    {
        await using var rig = await Rig.StartAsync(TwoKeys(), "Cache:CredentialScope=Shared");
        rig.Sim.Hang(Isl.Validate);
        var leading = rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: a");
        await rig.CallsReachAsync(Isl.Validate, 1);

        using var refused = await rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: wrong");
        rig.Sim.ReleaseHang();
        using var answer = await leading;

        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal("IslGateway; fwd=bypass; fwd-status=401; detail=unproven-credential", refused.CacheStatus());
        Assert.Equal(Stored, answer.CacheStatus());
    }

    [Fact]
    public async Task Credentials_RevokedWhileWaiting_AreNotGivenTheAnswer()
    {
        await using var rig = await Rig.StartAsync(
            TwoKeys(), "Cache:CredentialScope=Shared", "Credentials:Recheck=500ms", "Credentials:StaleProof=500ms");
        rig.Sim.Hang(Isl.Validate);
        var leading = rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: a");
        await rig.CallsReachAsync(Isl.Validate, 1);
        var waiting = rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: b");
        await rig.CallsReachAsync(CacheStats, 1);
        await rig.HoldsAsync(2);
        rig.Sim.Update(knobs => knobs with { RevokedKeys = ["b"] });
        await Eventually.TrueAsync(() => !IsProven(rig, "b"), TimeSpan.FromSeconds(60), "b's proof is too old");
        rig.Sim.ReleaseHang();

        using var answer = await leading;
        using var refused = await waiting;

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
    }

    [Theory]
    [InlineData(500)]
    [InlineData(422)]
    [InlineData(404)]
    public async Task Errors_OfIsl_AreSharedWithEachOnesOwnIdAndNotStored(int status)
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Update(knobs => knobs with { Hang = new HangKnob(Isl.Validate), Errors = [new ErrorKnob(status, 1, Isl.Validate)] });
        var asking = Ask(rig, 4);
        await rig.CallsReachAsync(Isl.Validate, 1);
        await rig.HoldsAsync(4);
        rig.Sim.ReleaseHang();

        var answers = await Task.WhenAll(asking);

        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));
        Assert.Equal(0, rig.Memory.Entries);
        Assert.Single(answers, answer => answer.CacheStatus() == $"IslGateway; fwd=miss; fwd-status={status}; detail=status-not-ok");
        Assert.Equal(3, answers.Count(answer => answer.CacheStatus() == $"IslGateway; fwd=miss; fwd-status={status}; collapsed"));
        for (var i = 0; i < answers.Length; i++)
        {
            Assert.Equal(status, (int)answers[i].StatusCode);
            using var body = JsonDocument.Parse(await answers[i].TextAsync());
            Assert.Equal($"caller-{i}", body.RootElement.GetProperty("request_id").GetString());
        }

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
    }

    [Fact]
    public async Task Answer_BreaksOff_Is502AndNeverStored()
    {
        await using var isl = new ScriptedUpstream(Scripts.BreaksOff);
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address);

        using var response = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: cut");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        await IsProblemAsync(response, "ISL_SERVICE_UNAVAILABLE", "gateway_upstream_truncated", "cut");
        Assert.Equal((0, 2), (gateway.Services.GetRequiredService<Caching.Tiers.MemoryStore>().Entries, isl.Calls.Count));
        isl.Answer = Scripts.Computes;
        using var whole = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.Equal(Stored, whole.CacheStatus());
    }

    [Fact]
    public async Task Isl_Away_Is502WithTheCallersId()
    {
        await using var rig = await Rig.StartAsync();
        await rig.Host.StopAsync();

        using var response = await rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: alone");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.Equal("IslGateway; detail=upstream-unreachable", response.CacheStatus());
        await IsProblemAsync(response, "ISL_SERVICE_UNAVAILABLE", "gateway_upstream_unreachable", "alone");
    }

    [Theory]
    [InlineData("{\"a\":")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("")]
    [InlineData("{} {}")]
    [InlineData("Internal Server Error", "text/plain")]
    public async Task Answer_With200ButNoWholeJson_Is502AndNeverStored(string body, string type = "application/json")
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Update(knobs => knobs with { RawBodies = [new RawBodyKnob(Isl.Validate, body, type)] });

        using var response = await rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: nonsense");

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        await IsProblemAsync(response, "ISL_COMPUTATION_ERROR", "gateway_invalid_answer", "nonsense");
        Assert.Equal(0, rig.Memory.Entries);
    }

    [Theory]
    [InlineData(502)]
    [InlineData(503)]
    public async Task Retry_AfterOneFailure_IsOneWholeAnswer(int status)
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Update(knobs => knobs with
        {
            Errors = [new ErrorKnob(status, 1, Isl.Validate)],
            ResponseHeaders = new Dictionary<string, string> { ["Retry-After"] = "0" },
        });

        using var response = await rig.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: twice");

        Assert.Equal((HttpStatusCode.OK, Stored), (response.StatusCode, response.CacheStatus()));
        Assert.Equal("twice", IdIn(await response.TextAsync()));
        Assert.Equal(2, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Retry_IslAsksForALongWait_PassesItsAnswerOn()
    {
        await using var rig = await Rig.StartAsync();
        rig.Sim.Fail(503, path: Isl.Validate);

        using var response = await rig.PostAsync(Isl.Validate, Isl.ValidateBody);

        Assert.Equal((HttpStatusCode.ServiceUnavailable, 1), (response.StatusCode, rig.Sim.Calls(Isl.Validate)));
        Assert.Equal(TimeSpan.FromSeconds(30), response.Headers.RetryAfter?.Delta);
    }

    [Fact]
    public async Task Retry_RowWithout_IsAskedOnce()
    {
        await using var rig = await Rig.StartAsync("Endpoints:CausalValidate:Retry=false");
        rig.Sim.Fail(502, 1, Isl.Validate);

        using var response = await rig.PostAsync(Isl.Validate, Isl.ValidateBody);

        Assert.Equal((HttpStatusCode.BadGateway, 1), (response.StatusCode, rig.Sim.Calls(Isl.Validate)));
    }

    private static SimulatorOptions TwoKeys() => new() { Latency = 0, ApiKeys = ["a", "b"] };

    private static Task<HttpResponseMessage>[] Ask(Rig rig, int callers) =>
        [.. Enumerable.Range(0, callers).Select(i => rig.PostAsync(Isl.Validate, Isl.ValidateBody, $"X-Request-Id: caller-{i}"))];

    private static async Task<HttpResponseMessage> SendAsync(Rig rig, CancellationToken cancellationToken)
    {
        using var request = Isl.Post(Isl.Validate, Isl.ValidateBody);
        return await rig.Client.SendAsync(request, cancellationToken);
    }

    /// <summary>Lets ISL accept a key on a body of its own.</summary>
    private static async Task ProveAsync(Rig rig, string key) =>
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Counterfactual, Isl.CounterfactualBody, "X-API-Key: " + key));

    private static bool IsProven(Rig rig, string key) => rig.Gateway.IsProven(key);

    private static string? IdIn(string answer)
    {
        using var body = JsonDocument.Parse(answer);
        return body.RootElement.GetProperty("_metadata").GetProperty("request_id").GetString();
    }

    private static async Task IsProblemAsync(HttpResponseMessage response, string code, string reason, string requestId)
    {
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using var body = JsonDocument.Parse(await response.TextAsync());
        var root = body.RootElement;
        Assert.Equal((int)response.StatusCode, root.GetProperty("status").GetInt32());
        Assert.Equal(
            (code, reason, requestId, "isl-gateway"),
            (root.GetProperty("code").GetString(), root.GetProperty("reason").GetString(), root.GetProperty("request_id").GetString(),
                root.GetProperty("source").GetString()));
        Assert.Equal(requestId, response.RequestId());
    }
}
