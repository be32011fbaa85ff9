using System.Net;
using IslGateway.Caching.Epochs;
using IslGateway.FunctionalTests.Infrastructure;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>
/// ISL is silent: who has a stored answer that may stand in waits for it no longer than <c>Cache:StaleAfter</c>, everyone else until the
/// deadline.
/// </summary>
public sealed class StaleAfterTests
{
    private const string ShortTtl = "Endpoints:CausalValidate:Ttl=10ms";
    private const string HalfAMinute = "Endpoints:CausalValidate:Ttl=30s";
    private const string Soon = "Cache:StaleAfter=200ms";
    private const string Tried = @"^IslGateway; fwd=stale; ttl=-[0-9]+; detail=stale$";
    private const string NotTried = @"^IslGateway; hit; ttl=-[0-9]+; detail=stale$";

    /// <summary>Far less than the row's 30 s and more, and than what a slow machine takes.</summary>
    private static readonly TimeSpan LongBeforeTheDeadline = TimeSpan.FromSeconds(29);

    [Fact]
    public async Task Isl_Silent_StoredAnswerStandsInAndTheFillIsStored()
    {
        await using var rig = await StoredAsync(HalfAMinute, "Cache:Jitter=0", Soon);
        rig.Sim.Hang(Isl.Validate);

        Assert.Matches(Tried, await AskAsync(rig));
        Assert.Matches(Tried, await AskAsync(rig));
        Assert.Equal(2, rig.Sim.Calls(Isl.Validate));

        rig.Sim.ReleaseHang();
        await rig.BecomesAsync("; detail=memory", Isl.Validate, Isl.ValidateBody, "Cache-Control: only-if-cached");
        Assert.Equal(2, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Isl_SilentInItsHealthToo_FreshEntryStandsInLabelledStaleOnceTheEvidenceIsOld()
    {
        await using var rig = await Rig.StartAsync("Isl:EpochMaxAge=1s", "Isl:HealthTimeout=10s", Soon);
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        await rig.IsPolledAsync();
        rig.Sim.Update(knobs => knobs with { HealthDelay = TimeSpan.FromHours(1) });
        rig.Sim.Hang();
        var replicas = rig.Gateway.Services.GetRequiredService<ReplicaRegistry>();
        await Eventually.TrueAsync(() => replicas.LookupDigests().Count == 0, TimeSpan.FromSeconds(60), "the evidence is too old");

        Assert.Matches(Tried, await AskAsync(rig));

        var asking = rig.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, "X-Timeout-Ms: 300");
        using var unknown = await asking;
        Assert.Equal(HttpStatusCode.GatewayTimeout, unknown.StatusCode);
        rig.Sim.Update(knobs => knobs with { HealthDelay = TimeSpan.Zero });
    }

    [Fact]
    public async Task StaleAfter_Zero_StandsInAtOnceAndTheFillIsStored()
    {
        await using var rig = await StoredAsync(HalfAMinute, "Cache:Jitter=0", "Cache:StaleAfter=0s");
        rig.Sim.Hang(Isl.Validate);

        Assert.Matches(NotTried, await AskAsync(rig));

        rig.Sim.ReleaseHang();
        await rig.CallsReachAsync(Isl.Validate, 2);
        await rig.BecomesAsync("; detail=memory", Isl.Validate, Isl.ValidateBody);
    }

    [Theory]
    [InlineData("Cache:StaleAfter=off", "")]
    [InlineData(Soon, "stale-if-error=0")]
    [InlineData(Soon, "no-cache")]
    [InlineData(Soon, "max-age=0")]
    [InlineData("Endpoints:CausalValidate:StaleTtl=0s", "")]
    public async Task Caller_MayNotHaveWhatIsStored_WaitsForIsl(string setting, string directive)
    {
        await using var rig = await StoredAsync(ShortTtl, "Cache:StaleAfter=100ms", setting);
        rig.Sim.Hang(Isl.Validate);
        var asking = rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, $"Cache-Control: {directive}");
        await rig.CallsReachAsync(Isl.Validate, 2);
        await rig.IsPolledAsync();
        Assert.False(asking.IsCompleted);

        rig.Sim.ReleaseHang();
        Assert.EndsWith("; stored", await asking, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Queue_CountsAsWaiting_AndTheFillKeepsItsPlaceInIt()
    {
        await using var rig = await StoredAsync(
            HalfAMinute, "Cache:Jitter=0", "Limits:MaxConcurrentUpstream=1", Soon);
        rig.Sim.Hang(Isl.Counterfactual);
        var holding = rig.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody);
        await rig.CallsReachAsync(Isl.Counterfactual, 1);

        Assert.Matches(NotTried, await AskAsync(rig));
        Assert.Equal(1, rig.Sim.Calls(Isl.Validate));

        rig.Sim.ReleaseHang();
        (await holding).Dispose();
        await rig.CallsReachAsync(Isl.Validate, 2);
        await rig.BecomesAsync("; detail=memory", Isl.Validate, Isl.ValidateBody);
    }

    [Fact]
    public async Task RefreshAhead_Hangs_HoldsUpNobody()
    {
        await using var rig = await Rig.StartAsync("Cache:RefreshAhead=0.9", "Cache:Jitter=0", HalfAMinute, Soon);
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        rig.Sim.Hang(Isl.Validate);
        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(10));
        Assert.EndsWith("detail=memory", await AskAsync(rig), StringComparison.Ordinal);
        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(20));
        await Eventually.TrueAsync(async () => (await AskAsync(rig)) is var status
            && status.Contains("detail=stale", StringComparison.Ordinal),
            LongBeforeTheDeadline, "the answer is stale and stands in");
        var calls = (int)rig.Sim.Calls(Isl.Validate);

        // Who must have ISL's own has a call of its own, and the next one shares it.
        var own = rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "Cache-Control: no-cache");
        await rig.CallsReachAsync(Isl.Validate, calls + 1);
        var next = rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "Cache-Control: no-cache");
        await rig.HoldsAsync(2);
        Assert.Equal(calls + 1, rig.Sim.Calls(Isl.Validate));

        rig.Sim.ReleaseHang();
        Assert.EndsWith("; stored", await own, StringComparison.Ordinal);
        Assert.EndsWith("; collapsed", await next, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Caller_WhoseKeyIslHasComeToRefuse_IsNotGivenIt()
    {
        await using var rig = await StoredAsync(ShortTtl, Soon, "Credentials:Recheck=10ms");
        rig.Sim.Hang(Isl.Validate);
        rig.Sim.Fail(401, path: "/cache/stats");
        var asking = rig.PostAsync(Isl.Validate, Isl.ValidateBody);
        await rig.CallsReachAsync("/cache/stats", 1);
        await rig.IsPolledAsync();
        Assert.False(asking.IsCompleted);

        rig.Sim.ReleaseHang();
        using var answer = await asking;
        Assert.DoesNotContain("stale", answer.CacheStatus(), StringComparison.Ordinal);
    }

    private static async Task<Rig> StoredAsync(params string[] settings)
    {
        var rig = await Rig.StartAsync(settings);
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(30));
        await Eventually.TrueAsync(
            async () => (await rig.PostAsync(
                Isl.Validate, Isl.ValidateBody, "Cache-Control: only-if-cached")).StatusCode == HttpStatusCode.GatewayTimeout,
            LongBeforeTheDeadline, "the stored answer is stale");
        return rig;
    }

    private static async Task<string> AskAsync(Rig rig)
    {
        using var response = await rig.PostAsync(Isl.Validate, Isl.ValidateBody)
            .WaitAsync(LongBeforeTheDeadline, TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return response.CacheStatus();
    }
}
