using System.Net;
using System.Text.RegularExpressions;
using IslGateway.Caching.Epochs;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Settings;
using IslSimulator;
using IslSimulator.Knobs;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>
/// What is served when ISL fails and an answer past its freshness is there: it, labelled, to whom it belongs, and never a wrong one.
/// </summary>
public sealed partial class StaleTests(RedisFixture redis)
{
    private const string ShortTtl = "Endpoints:CausalValidate:Ttl=10ms";
    private const string Tried = @"^IslGateway; fwd=stale; ttl=-[0-9]+; detail=stale$";
    private const string NotTried = @"^IslGateway; hit; ttl=-[0-9]+; detail=stale$";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Isl_Gone_StaleAnswerStandsInLabelledAndCounted()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, ShortTtl);
        var first = await StoreAsync(gateway.Client, "X-Request-Id: caller-one");
        await isl.StopAsync();
        var before = await HitsAsync(gateway);

        using var second = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: caller-two");

        Assert.Equal(HttpStatusCode.OK, second.StatusCode);
        Assert.Matches(Tried, second.CacheStatus());
        Assert.Equal("caller-two", second.RequestId());
        Assert.NotNull(second.Headers.Age);
        Assert.Equal(first.Replace("caller-one", "caller-two", StringComparison.Ordinal), await second.TextAsync());
        Assert.Equal(before + 1, await HitsAsync(gateway));
        Assert.Contains(
            $"isl_gateway_requests_total{{endpoint=\"{Isl.Validate}\",cache=\"stale\",code=\"200\"}} 1", await gateway.MetricsAsync(),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(502)]
    [InlineData(503)]
    [InlineData(504)]
    public async Task Isl_AnswersThatItFailedOrIsAskedTooOften_StaleAnswerStandsIn(int status)
    {
        await using var rig = await StoredAsync(ShortTtl);
        rig.Sim.Fail(status);

        using var response = await rig.PostAsync(Isl.Validate, Isl.ValidateBody);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Matches($@"^IslGateway; fwd=stale; fwd-status={status}; ttl=-[0-9]+; detail=stale$", response.CacheStatus());
    }

    [Theory]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(422)]
    public async Task Isl_SpeaksOfTheRequestOrItsCaller_ItsAnswerPasses(int status)
    {
        await using var rig = await StoredAsync(ShortTtl);
        rig.Sim.Fail(status);

        using var response = await rig.PostAsync(Isl.Validate, Isl.ValidateBody);

        Assert.Equal(status, (int)response.StatusCode);
        Assert.Equal($"IslGateway; fwd=miss; fwd-status={status}; detail=status-not-ok", response.CacheStatus());
    }

    [Fact]
    public async Task Isl_BreaksOffOrTalksNonsense_StaleAnswerStandsIn()
    {
        await using var rig = await StoredAsync(ShortTtl);
        rig.Sim.Drop();
        Assert.Matches(Tried, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));

        rig.Sim.StopDropping();
        rig.Sim.Update(knobs => knobs with { RawBodies = [new RawBodyKnob(Isl.Validate, "<html>")] });
        Assert.Matches(Tried, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
    }

    [Fact]
    public async Task Isl_DoesNotAnswerBeforeTheDeadline_StaleAnswerStandsInAndTheFillIsStored()
    {
        await using var rig = await Rig.StartAsync("Endpoints:CausalValidate:Ttl=30s", "Cache:Jitter=0");
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        rig.Gateway.Time.Pass(TimeSpan.FromSeconds(30));
        await GoesStaleAsync(rig.Client);
        rig.Sim.Hang(Isl.Validate);

        Assert.Matches(Tried, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "X-Timeout-Ms: 100"));

        rig.Sim.ReleaseHang();
        await rig.BecomesAsync("; detail=memory", Isl.Validate, Isl.ValidateBody);
    }

    [Theory]
    [InlineData("no-cache", HttpStatusCode.BadGateway)]
    [InlineData("max-age=0", HttpStatusCode.BadGateway)]
    [InlineData("stale-if-error=0", HttpStatusCode.BadGateway)]
    [InlineData("stale-if-error=x", HttpStatusCode.BadGateway)]
    [InlineData("no-cache, stale-if-error=60", HttpStatusCode.BadGateway)]
    [InlineData("only-if-cached", HttpStatusCode.GatewayTimeout)]
    [InlineData("no-store", HttpStatusCode.OK)]
    [InlineData("max-age=3600", HttpStatusCode.OK)]
    [InlineData("stale-if-error=3600", HttpStatusCode.OK)]
    [InlineData("max-age=0, stale-if-error=3600", HttpStatusCode.OK)]
    public async Task Caller_SaysWhatItTakes_IsHeeded(string directives, HttpStatusCode expected)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, ShortTtl);
        await StoreAsync(gateway.Client);
        await isl.StopAsync();

        using var response = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, $"Cache-Control: {directives}");

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK, response.CacheStatus().Contains("detail=stale", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Row_WithoutStaleTtl_NeverServesStale()
    {
        await using var rig = await StoredAsync(ShortTtl, "Endpoints:CausalValidate:StaleTtl=0s");
        rig.Sim.Fail(500);
        Assert.Contains(
            "fwd-status=500; detail=status-not-ok", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Entry_PastItsStaleTtl_IsNotServed()
    {
        await using var rig = await StoredAsync(ShortTtl, "Endpoints:CausalValidate:StaleTtl=1s", "Cache:Jitter=0");
        rig.Sim.Fail(500);
        await rig.BecomesAsync("fwd-status=500; detail=status-not-ok", Isl.Validate, Isl.ValidateBody);
    }

    [Fact]
    public async Task Session_IslGone_IsNeverStale()
    {
        const string Body = """{"user_id":"u","context":{},"num_queries":1}""";
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, "Cache:SingleInstance=true", "Endpoints:PreferencesElicit:Ttl=10ms",
            "Endpoints:PreferencesElicit:StaleTtl=1h");
        (await gateway.Client.PostAsync(Isl.Elicit, Body)).Dispose();
        await Eventually.TrueAsync(
            async () => (await gateway.Client.PostAsync(
                Isl.Elicit, Body, "Cache-Control: only-if-cached")).StatusCode == HttpStatusCode.GatewayTimeout,
            Soon, "the stored answer is stale");
        await isl.StopAsync();

        using var response = await gateway.Client.PostAsync(Isl.Elicit, Body);

        Assert.Equal(HttpStatusCode.BadGateway, response.StatusCode);
        Assert.DoesNotContain("stale", response.CacheStatus(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NewBuild_ThenIslFails_OldAnswerDoesNotStandIn()
    {
        await using var rig = await StoredAsync(ShortTtl);
        rig.Sim.Build = "sim-0002";
        await rig.KnowsEpochAsync();
        rig.Sim.Fail(500);
        Assert.Contains(
            "fwd-status=500; detail=status-not-ok", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Epoch_Contradicted_OldAnswerDoesNotStandIn()
    {
        await using var rig = await StoredAsync(ShortTtl, "Isl:HealthInterval=1h", "Isl:EpochMaxAge=2h");
        rig.Sim.Update(knobs => knobs with { Build = "sim-0002", HealthCode = 500 });
        Assert.EndsWith("detail=foreign-epoch", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);

        rig.Sim.Fail(500);

        Assert.DoesNotContain("stale", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Failure_NamesANewBuild_OldAnswerDoesNotStandIn()
    {
        await using var rig = await StoredAsync(ShortTtl, "Isl:HealthInterval=1h", "Isl:EpochMaxAge=2h");
        rig.Sim.Update(knobs => knobs with { Build = "sim-0002", HealthCode = 500 });
        rig.Sim.Fail(503);

        Assert.Equal("IslGateway; fwd=miss; fwd-status=503; detail=status-not-ok", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
    }

    [Fact]
    public async Task Purge_WhileIslIsAsked_PurgedAnswerDoesNotStandIn()
    {
        await using var rig = await StoredAsync(ShortTtl, "Cache:StaleAfter=off");
        rig.Sim.Fail(500);
        rig.Sim.Hang(Isl.Validate);
        var asked = rig.Sim.Calls(Isl.Validate);
        var waiting = rig.PostAsync(Isl.Validate, Isl.ValidateBody);
        await rig.CallsReachAsync(Isl.Validate, (int)asked + 1);

        using var purged = await rig.Gateway.ManagementClient.DeleteAsync(
            new Uri("/api/cache?all=true", UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, purged.StatusCode);
        rig.Sim.ReleaseHang();

        using var response = await waiting;
        Assert.Equal("IslGateway; fwd=miss; fwd-status=500; detail=status-not-ok", response.CacheStatus());
    }

    [Fact]
    public async Task Queue_DeadlinePassesBeforeIslIsAsked_SaysThatNothingWasSent()
    {
        await using var rig = await StoredAsync(ShortTtl, "Limits:MaxConcurrentUpstream=1");
        rig.Sim.Hang(Isl.Counterfactual);
        var holding = rig.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody);
        await rig.CallsReachAsync(Isl.Counterfactual, 1);

        Assert.Matches(NotTried, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "X-Timeout-Ms: 100"));

        rig.Sim.ReleaseHang();
        (await holding).Dispose();
    }

    [Fact]
    public async Task Epoch_EvidenceTooOldAndIslGone_FreshEntryStandsInAsStale()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Isl:EpochMaxAge=1s");
        (await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();

        // What no poll has confirmed within that time is dropped.
        var polls = isl.State.HealthCalls;
        await Eventually.TrueAsync(() => isl.State.HealthCalls >= polls + 3, Soon, "a poll has confirmed the answer");
        await isl.StopAsync();
        var replicas = gateway.Services.GetRequiredService<ReplicaRegistry>();
        await Eventually.TrueAsync(() => replicas.LookupDigests().Count == 0, Soon, "the evidence is too old");

        using var response = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Matches(Tried, response.CacheStatus());
    }

    [Fact]
    public async Task Gateway_RestartedWhileIslIsGone_ServesWhatIsInRedis()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["key-a", "key-b"] });
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        string answer;
        await using (var before = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings))
        {
            await before.RedisIsUpAsync();
            using var miss = await before.Client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: key-a", "X-Request-Id: i");
            Assert.Equal("IslGateway; fwd=miss; stored", miss.CacheStatus());
            answer = await miss.TextAsync();
            await before.SharesEpochsAsync();
        }

        await isl.StopAsync();
        await using var after = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await after.RedisIsUpAsync();
        await Eventually.TrueAsync(
            () => after.Services.GetRequiredService<LastEpochs>()
                .Find(after.Services.GetRequiredService<SettingsMonitor>().Current).Digests.Count > 0,
            Soon, "the last epoch was read");

        using var stale = await after.Client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: key-a", "X-Request-Id: i");
        Assert.Equal(HttpStatusCode.OK, stale.StatusCode);
        Assert.Matches(Tried, stale.CacheStatus());
        Assert.Equal(answer, await stale.TextAsync());

        using var others = await after.Client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: key-b");
        Assert.Equal(HttpStatusCode.BadGateway, others.StatusCode);
    }

    [Fact]
    public async Task SharedEntry_UnprovenCaller_IsNotGivenIt()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["key-a", "key-b"] });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, ShortTtl, "Cache:CredentialScope=Shared");
        await StoreAsync(gateway.Client, "X-API-Key: key-a");
        (await gateway.Client.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, "X-API-Key: key-b")).Dispose();
        await isl.StopAsync();

        using var proven = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: key-b");
        using var unproven = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: key-c");

        Assert.Matches(Tried, proven.CacheStatus());
        Assert.Equal(HttpStatusCode.BadGateway, unproven.StatusCode);
    }

    [Fact]
    public async Task Queue_Full_StaleAnswerIsServedWithoutAskingIsl()
    {
        await using var rig = await StoredAsync(ShortTtl, "Limits:MaxConcurrentUpstream=1", "Limits:MaxQueue=0");
        rig.Sim.Hang(Isl.Counterfactual);
        var holding = rig.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody);
        await rig.CallsReachAsync(Isl.Counterfactual, 1);

        Assert.Matches(NotTried, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));

        rig.Sim.ReleaseHang();
        (await holding).Dispose();
    }

    [Fact]
    public async Task Isl_Back_AnswersAnew()
    {
        await using var rig = await StoredAsync(ShortTtl);
        rig.Sim.Fail(503);
        Assert.Contains("detail=stale", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
        rig.Sim.StopFailing();
        Assert.Equal("IslGateway; fwd=miss; stored", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
    }

    [Fact]
    public async Task Observe_IslFails_IsNotHidden()
    {
        await using var rig = await StoredAsync(ShortTtl, "Cache:Mode=Observe");
        rig.Sim.Fail(500);
        using var response = await rig.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
    }

    private static async Task<Rig> StoredAsync(params string[] settings)
    {
        var rig = await Rig.StartAsync(settings);
        await StoreAsync(rig.Client);
        return rig;
    }

    /// <summary>Has an answer stored, and waits until it is stale.</summary>
    private static async Task<string> StoreAsync(HttpClient client, params string[] headers)
    {
        using var response = await client.PostAsync(Isl.Validate, Isl.ValidateBody, headers);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        await GoesStaleAsync(client, headers);
        return await response.TextAsync();
    }

    private static Task GoesStaleAsync(HttpClient client, params string[] headers) => Eventually.TrueAsync(
        async () =>
        {
            using var response = await client.PostAsync(Isl.Validate, Isl.ValidateBody, [.. headers, "Cache-Control: only-if-cached"]);
            return response.StatusCode == HttpStatusCode.GatewayTimeout;
        },
        Soon, "the stored answer is stale");

    private static async Task<int> HitsAsync(GatewayUnderTest gateway) =>
        int.Parse(Hits().Match(await gateway.MetricsAsync()).Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex("plot_isl_cache_hits_total\\{endpoint=\"/api/v1/causal/validate\"\\} ([0-9]+)")]
    private static partial Regex Hits();
}
