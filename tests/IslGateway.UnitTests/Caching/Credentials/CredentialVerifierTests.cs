using System.Text;
using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Content;
using IslGateway.UnitTests.Caching.Filling;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace IslGateway.UnitTests.Caching.Credentials;

public sealed class CredentialVerifierTests : IDisposable
{
    private const int Bound = 60_000;

    private static readonly Credential Ann = new(Digest.Of("ann"u8));
    private static readonly Credential Bob = new(Digest.Of("bob"u8));

    private readonly FakeTimeProvider _time = new();
    private readonly LiveSettings _settings = new(
        ("Credentials:Recheck", "5m"), ("Credentials:StaleProof", "1h"), ("Credentials:ProbeTimeout", "1s"),
        ("Credentials:ProbePath", "/probe"));
    private readonly ScriptedUpstream _isl = new();
    private readonly ProofCache _proofs;
    private readonly CredentialVerifier _gate;

    public CredentialVerifierTests()
    {
        _proofs = new ProofCache(_settings.Tokens(_time), _settings.Monitor, _time);
        _gate = Gates.Of(_proofs, _isl, _settings, _time);
    }

    [Theory]
    [InlineData(200, false, "Proven", true)]
    [InlineData(204, false, "Proven", true)]
    [InlineData(401, false, "Refused", false)]
    [InlineData(401, true, "Refused", false)]
    [InlineData(403, true, "Refused", false)]
    [InlineData(404, false, "Unknown", false)]
    [InlineData(404, true, "Unknown", false)]
    [InlineData(302, true, "Unknown", false)]
    [InlineData(405, true, "Unknown", false)]
    [InlineData(429, false, "Unknown", false)]
    [InlineData(429, true, "Proven", false)]
    [InlineData(500, false, "Unknown", false)]
    [InlineData(500, true, "Proven", false)]
    [InlineData(503, true, "Proven", false)]
    public async Task CheckAsync_ProbesAnswer_Decides(int status, bool hasStaleProof, string standing, bool provenAfter)
    {
        if (hasStaleProof) GiveStaleProof(Ann);
        _isl.Always = IslAnswers.Json("""{"request_id":"id-1"}""", status);

        var verdict = await CheckAsync(Ann);

        Assert.Equal(Enum.Parse<CredentialStanding>(standing), verdict.Standing);
        Assert.Equal(provenAfter, IsProven(Ann));
        Assert.Equal(status is 401 or 403 ? status : null, verdict.Refusal?.Answer.StatusCode);
    }

    [Theory]
    [InlineData("text/html", false)]
    [InlineData("Text/HTML; charset=utf-8", false)]
    [InlineData("text/plain", true)]
    [InlineData("", true)]
    public async Task CheckAsync_PageInThePlaceOfIsl_ProvesNothing(string type, bool proven)
    {
        _isl.Always = IslAnswers.Of("<h1>Back soon</h1>"u8.ToArray(), 200, ("Content-Type", type));
        Assert.Equal(proven ? CredentialStanding.Proven : CredentialStanding.Unknown, (await CheckAsync(Ann)).Standing);
        Assert.Equal(proven, IsProven(Ann));
    }

    [Theory]
    [InlineData(false, "Unknown")]
    [InlineData(true, "Proven")]
    public async Task CheckAsync_NoAnswer_OnlyAnOlderProofHolds(bool hasStaleProof, string standing)
    {
        if (hasStaleProof) GiveStaleProof(Ann);
        _isl.Always = IslAnswers.Failed(UpstreamFailure.Unreachable);
        Assert.Equal(Enum.Parse<CredentialStanding>(standing), (await CheckAsync(Ann)).Standing);
    }

    [Fact]
    public async Task CheckAsync_ProofOlderThanStaleProof_HoldsNoLonger()
    {
        _proofs.Prove(Ann, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromHours(1));
        _isl.Always = IslAnswers.Failed(UpstreamFailure.TimedOut);
        Assert.Equal(CredentialStanding.Unknown, (await CheckAsync(Ann)).Standing);
    }

    [Theory(Timeout = Bound)]
    [InlineData(false, "Unknown")]
    [InlineData(true, "Proven")]
    public async Task CheckAsync_SlowProbe_IsWaitedForNoLongerThanProbeTimeout(bool hasStaleProof, string standing)
    {
        if (hasStaleProof) GiveStaleProof(Ann);
        var checking = CheckAsync(Ann);
        await _isl.NextAsync(TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromMilliseconds(999));
        Assert.False(checking.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(Enum.Parse<CredentialStanding>(standing), (await checking).Standing);
    }

    [Fact(Timeout = Bound)]
    public async Task CheckAsync_CallerHasLittleTimeLeft_WaitsNoLongerThanThat()
    {
        var checking = _gate.CheckAsync(ContextOf(new DefaultHttpContext()), Ann, TimeSpan.FromMilliseconds(100)).AsTask();
        await _isl.NextAsync(TestContext.Current.CancellationToken);

        _time.Advance(TimeSpan.FromMilliseconds(99));
        Assert.False(checking.IsCompleted);
        _time.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(CredentialStanding.Unknown, (await checking).Standing);
    }

    [Fact]
    public async Task CheckAsync_ProofIsYoung_AsksNobody()
    {
        _proofs.Prove(Ann, _time.GetTimestamp());
        Assert.Equal(CredentialStanding.Proven, (await CheckAsync(Ann)).Standing);
        Assert.Equal(0, _isl.Count);
    }

    [Fact]
    public async Task CheckAsync_Probe_CarriesTheCallersCredentialAndLittleElse()
    {
        _isl.Always = IslAnswers.Json("{}");

        await CheckAsync(
            Ann, ("X-API-Key", "k"), ("Authorization", "Bearer b"), ("Cookie", "c"), ("X-Other", "o"), ("Accept", "*/*"),
            ("Accept-Encoding", "br"));

        var call = _isl.Last!;
        Assert.Equal(("GET", "/probe", false, 0), (call.Method, call.RawTarget, call.Retry, call.Body.Length));
        Assert.Equal(
            ["Accept-Encoding: identity", "Accept: application/json", "Authorization: Bearer b", "X-API-Key: k", "X-Request-Id: id-1"],
            call.Headers.Select(header => $"{header.Key}: {header.Value}").Order(StringComparer.Ordinal));
    }

    [Fact(Timeout = Bound)]
    public async Task CheckAsync_ManyAtOnce_AreOneProbePerCredential()
    {
        var anns = Enumerable.Range(0, 50).Select(_ => CheckAsync(Ann)).ToList();
        var first = await _isl.NextAsync(TestContext.Current.CancellationToken);
        var bob = CheckAsync(Bob);
        var second = await _isl.NextAsync(TestContext.Current.CancellationToken);
        Assert.Equal(2, _isl.Count);

        first.SetResult(IslAnswers.Json("{}"));
        Assert.All(await Task.WhenAll(anns), verdict => Assert.Equal(CredentialStanding.Proven, verdict.Standing));
        Assert.False(bob.IsCompleted);
        second.SetResult(IslAnswers.Json("{}", 404));
        Assert.Equal(CredentialStanding.Unknown, (await bob).Standing);
    }

    [Fact(Timeout = Bound)]
    public async Task CheckAsync_TooManyProbesUnderWay_CannotTellAtOnce()
    {
        static Credential Other(int i) => new(Digest.Of(BitConverter.GetBytes(i)));
        for (var i = 128; i < 256; i++) _proofs.Prove(Other(i), _time.GetTimestamp());
        GiveStaleProof(Ann);

        // Strangers may have half of them.
        var others = Enumerable.Range(0, 128).Select(i => CheckAsync(Other(i))).ToList();
        var probes = new List<TaskCompletionSource<UpstreamAnswer>>();
        while (probes.Count < others.Count) probes.Add(await _isl.NextAsync(TestContext.Current.CancellationToken));
        Assert.Equal(CredentialStanding.Unknown, (await CheckAsync(Bob)).Standing);
        others.AddRange(Enumerable.Range(128, 128).Select(i => CheckAsync(Other(i))));
        while (probes.Count < others.Count) probes.Add(await _isl.NextAsync(TestContext.Current.CancellationToken));

        Assert.Equal(CredentialStanding.Proven, (await CheckAsync(Ann)).Standing);
        Assert.Equal(CredentialStanding.Unknown, (await CheckAsync(Bob)).Standing);
        Assert.Equal(256, _isl.Count);

        foreach (var probe in probes) probe.SetResult(IslAnswers.Json("{}", 404));
        await Task.WhenAll(others);
    }

    [Fact(Timeout = Bound)]
    public async Task CheckAsync_CallerLeaves_ProbeGoesOnForTheOthers()
    {
        using var leaving = new CancellationTokenSource();
        var caller = new DefaultHttpContext { RequestAborted = leaving.Token };
        var left = _gate.CheckAsync(ContextOf(caller), Ann, TimeSpan.FromMinutes(1)).AsTask();
        var probe = await _isl.NextAsync(TestContext.Current.CancellationToken);
        var stays = CheckAsync(Ann);

        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => left);
        probe.SetResult(IslAnswers.Json("{}"));

        Assert.Equal(CredentialStanding.Proven, (await stays).Standing);
        Assert.Equal(1, _isl.Count);
    }

    [Fact]
    public async Task CheckAsync_Refusal_IsRememberedForFiveSeconds()
    {
        _isl.Always = IslAnswers.Json("""{"code":"ISL_UNAUTHORIZED","request_id":"id-1"}""", 401);
        await CheckAsync(Ann);
        _isl.Always = IslAnswers.Json("{}");
        _time.Advance(TimeSpan.FromSeconds(5) - TimeSpan.FromTicks(1));

        var remembered = await CheckAsync(Ann);

        Assert.Equal((CredentialStanding.Refused, 1), (remembered.Standing, _isl.Count));
        Assert.Equal(
            """{"code":"ISL_UNAUTHORIZED","request_id":""}""",
            Encoding.UTF8.GetString(FillResult.Refused(remembered.Refusal!).Answer!.Body.Span));
        Assert.True(FillResult.Refused(remembered.Refusal!).IsPersonal);
        Assert.Equal(CredentialStanding.Proven, (await CheckAsync(Bob)).Standing);

        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal((CredentialStanding.Proven, 3), ((await CheckAsync(Ann)).Standing, _isl.Count));
    }

    [Fact]
    public async Task CheckAsync_NothingLearned_AsksAgain()
    {
        _isl.Always = IslAnswers.Json("{}", 404);
        await CheckAsync(Ann);
        await CheckAsync(Ann);
        Assert.Equal(2, _isl.Count);
    }

    [Theory]
    [InlineData(503, false, 250)]
    [InlineData(429, true, 5_000)]
    [InlineData(500, true, 5_000)]
    public async Task CheckAsync_AskedInVain_AsksAgainOnlyAfterAWhile(int status, bool isRateLimited, int milliseconds)
    {
        GiveStaleProof(Ann);
        _isl.Always = IslAnswers.Json("{}", status) with { IsRateLimited = isRateLimited };
        await CheckAsync(Ann);
        _time.Advance(TimeSpan.FromMilliseconds(milliseconds) - TimeSpan.FromTicks(1));
        Assert.Equal((CredentialStanding.Proven, 1), ((await CheckAsync(Ann)).Standing, _isl.Count));

        _time.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(CredentialStanding.Proven, (await CheckAsync(Ann)).Standing);
        Soon(() => _isl.Count == 2);
    }

    /// <summary>One computation keeps ISL silent for long: whoever has a proof that still holds waits for it once.</summary>
    [Fact(Timeout = Bound)]
    public async Task CheckAsync_IslIsSilent_IsWaitedForOnce()
    {
        GiveStaleProof(Ann);
        var first = CheckAsync(Ann);
        await _isl.NextAsync(TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(CredentialStanding.Proven, (await first).Standing);

        for (var second = 1; second < 9; second++)
        {
            var hit = CheckAsync(Ann);
            Assert.True(hit.IsCompleted, $"It waits after {second} s.");
            Assert.Equal(CredentialStanding.Proven, (await hit).Standing);
            _time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(1, _isl.Count);
    }

    [Fact]
    public async Task CheckAsync_LongAfterIslCouldNotTell_IsWaitedForAgainSinceItMayRefuse()
    {
        GiveStaleProof(Ann);
        _isl.Always = IslAnswers.Json("{}", 503);
        await CheckAsync(Ann);
        _time.Advance(TimeSpan.FromMinutes(1));
        _isl.Always = IslAnswers.Json("{}", 401);
        Assert.Equal(CredentialStanding.Refused, (await CheckAsync(Ann)).Standing);
    }

    [Fact]
    public async Task CheckAsync_IslTellsAgain_ItsWordCounts()
    {
        GiveStaleProof(Ann);
        _isl.Always = IslAnswers.Json("{}", 503);
        await CheckAsync(Ann);
        _isl.Always = IslAnswers.Json("{}", 401);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(CredentialStanding.Proven, (await CheckAsync(Ann)).Standing);
        Soon(() => CheckAsync(Ann) is { IsCompleted: true, Result.Standing: CredentialStanding.Refused });
    }

    [Fact]
    public async Task AcceptsAsync_CallOfALeader_IsAskedForUnderItsOwnHeaders()
    {
        _isl.Always = IslAnswers.Json("{}");
        var call = new UpstreamCall(
            "POST", "/a", new HeaderDictionary { ["X-API-Key"] = "k", ["Content-Type"] = "application/json" }, default)
        { MaxAnswerSize = 1, Credential = Ann };

        Assert.True(await _gate.AcceptsAsync(call, "id-1", TimeSpan.MaxValue, TestContext.Current.CancellationToken));
        Assert.Equal(("GET", "/probe", "k", false), (
            _isl.Last!.Method, _isl.Last.RawTarget, _isl.Last.Headers["X-API-Key"].ToString(),
            _isl.Last.Headers.ContainsKey("Content-Type")));
        Assert.True(_gate.IsKnown(Ann));
    }

    [Fact(Timeout = Bound)]
    public async Task CheckAsync_ProbeOutlastsItsCallers_LaterOnesDoNotWaitAndItsAnswerCounts()
    {
        GiveStaleProof(Ann);
        var checking = CheckAsync(Ann);
        var probe = await _isl.NextAsync(TestContext.Current.CancellationToken);
        _time.Advance(TimeSpan.FromSeconds(1));
        await checking;

        var next = CheckAsync(Ann);
        Assert.True(next.IsCompleted);
        Assert.Equal((CredentialStanding.Proven, 1), ((await next).Standing, _isl.Count));

        probe.SetResult(IslAnswers.Json("{}", 401));
        Soon(() => CheckAsync(Ann) is { IsCompleted: true, Result.Standing: CredentialStanding.Refused });
        Assert.Equal(1, _isl.Count);
    }

    [Fact(Timeout = Bound)]
    public async Task CheckAsync_ProofInUseIsHalfOld_IsRenewedInTheBackgroundOnce()
    {
        _proofs.Prove(Ann, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromMinutes(2.5));
        Assert.Equal((CredentialStanding.Proven, 0), ((await CheckAsync(Ann)).Standing, _isl.Count));

        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 10; i++) Assert.True(CheckAsync(Ann) is { IsCompleted: true, Result.Standing: CredentialStanding.Proven });
        var renewal = await _isl.NextAsync(TestContext.Current.CancellationToken);
        renewal.SetResult(IslAnswers.Json("{}"));
        Soon(() => _proofs.AgeOf(Ann) < TimeSpan.FromMinutes(1));

        _time.Advance(TimeSpan.FromMinutes(2));
        await CheckAsync(Ann);
        Assert.Equal(1, _isl.Count);
    }

    [Fact]
    public async Task CheckAsync_RenewalIsRefused_UnprovesBeforeRecheck()
    {
        _proofs.Prove(Ann, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromMinutes(3));
        _isl.Always = IslAnswers.Json("{}", 401);
        await CheckAsync(Ann);

        Soon(() => CheckAsync(Ann) is { IsCompleted: true, Result.Standing: CredentialStanding.Refused });
    }

    [Fact]
    public async Task CheckAsync_RenewalsFail_AreSpacedAndTheProofHolds()
    {
        _isl.Always = IslAnswers.Failed(UpstreamFailure.Unreachable);
        _proofs.Prove(Ann, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromMinutes(2.5) + TimeSpan.FromTicks(1));
        for (var i = 0; i < 10; i++)
        {
            await CheckAsync(Ann);
            Soon(() => _isl.Count >= 1 && _gate.Probes == 0);
            _time.Advance(TimeSpan.FromSeconds(1.4));
        }

        Assert.Equal(1, _isl.Count);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(CredentialStanding.Proven, (await CheckAsync(Ann)).Standing);
        Soon(() => _isl.Count == 2);
    }

    [Fact]
    public async Task Learn_AcceptedByACallBegunBeforeTheRefusal_ProvesNothing()
    {
        var begunAt = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromSeconds(1));
        await _gate.LearnAsync(Ann, 401, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromSeconds(1));

        await _gate.LearnAsync(Ann, 200, begunAt);
        Assert.False(IsProven(Ann));
        await _gate.LearnAsync(Ann, 200, _time.GetTimestamp());
        Assert.True(IsProven(Ann));
    }

    [Fact]
    public async Task Learn_FillThatTookLong_ProvesAsOfItsBeginning()
    {
        var begunAt = _time.GetTimestamp();
        _time.Advance(TimeSpan.FromMinutes(4));
        await _gate.LearnAsync(Ann, 200, begunAt);
        Assert.True(IsProven(Ann));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.False(IsProven(Ann));
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(299, true)]
    [InlineData(401, false)]
    [InlineData(403, false)]
    public async Task Learn_FillsStatus_ProvesOrUnproves(int status, bool proven)
    {
        if (!proven) _proofs.Prove(Ann, _time.GetTimestamp());
        await _gate.LearnAsync(Ann, status, _time.GetTimestamp());
        Assert.Equal(proven, IsProven(Ann));
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(422)]
    [InlineData(429)]
    [InlineData(500)]
    public async Task Learn_StatusThatSaysNothing_ChangesNothing(int status)
    {
        await _gate.LearnAsync(Ann, status, _time.GetTimestamp());
        Assert.False(IsProven(Ann));
        _proofs.Prove(Ann, _time.GetTimestamp());
        await _gate.LearnAsync(Ann, status, _time.GetTimestamp());
        Assert.True(IsProven(Ann));
    }

    [Fact]
    public async Task Learn_AcceptedAfterARefusal_ForgetsTheRefusal()
    {
        _isl.Always = IslAnswers.Json("{}", 401);
        await CheckAsync(Ann);

        _time.Advance(TimeSpan.FromTicks(1));
        await _gate.LearnAsync(Ann, 200, _time.GetTimestamp());
        _proofs.Refuse(Ann.Digest);
        _isl.Always = IslAnswers.Json("{}", 404);

        Assert.Equal(CredentialStanding.Unknown, (await CheckAsync(Ann)).Standing);
    }

    public void Dispose() => _settings.Dispose();

    private static void Soon(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, TimeSpan.FromSeconds(60)));

    private bool IsProven(Credential credential) => _proofs.AgeOf(credential) < TimeSpan.FromMinutes(5);

    private void GiveStaleProof(Credential credential)
    {
        _proofs.Prove(credential, _time.GetTimestamp());
        _time.Advance(TimeSpan.FromMinutes(10));
    }

    private Task<CredentialVerdict> CheckAsync(Credential credential, params (string Name, string Value)[] headers)
    {
        var caller = new DefaultHttpContext();
        foreach (var (name, value) in headers) caller.Request.Headers[name] = value;
        return _gate.CheckAsync(ContextOf(caller), credential, TimeSpan.FromMinutes(1)).AsTask();
    }

    private CacheContext ContextOf(HttpContext caller) => Contexts.Of(caller, settings: _settings.Monitor.Current, requestId: "id-1");
}
