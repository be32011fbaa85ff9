using System.Net;
using IslGateway.Caching.Credentials;
using IslGateway.Content;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslGateway.Upstream;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests;

/// <summary>What ISL said of a credential holds at every gateway on the same Redis, and after a restart.</summary>
public sealed class SharedProofTests(RedisFixture redis)
{
    private const string Probe = "/cache/stats";
    private const string Key = "X-API-Key: alice-key";
    private const string Stored = "IslGateway; fwd=miss; stored";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Proof_AfterARestart_HoldsWithoutAskingIsl()
    {
        await using var isl = await StartIslAsync();
        var settings = Settings();
        await using (var before = await StartAsync(isl, settings))
        {
            Assert.Equal(Stored, await AskAsync(before));
            await IsSharedAsync(before);
        }

        await using var after = await StartAsync(isl, settings);
        Assert.EndsWith("detail=redis", await AskAsync(after), StringComparison.Ordinal);
        Assert.Equal(0, isl.State.Calls(Probe));
        Assert.Equal(1, isl.State.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Proof_AfterARestart_IsAsOldAsItWas()
    {
        await using var isl = await StartIslAsync();
        var settings = Settings();
        await using (var before = await StartAsync(isl, settings))
        {
            Assert.Equal(Stored, await AskAsync(before));
            await IsSharedAsync(before);

            // A proof lives for an hour (StaleProof): with ten minutes left it is past Recheck.
            Assert.True(await before.Redis.KeyExpireAsync(before.ProofOf("alice-key"), TimeSpan.FromMinutes(10)));
        }

        isl.State.Update(knobs => knobs with { RevokedKeys = ["alice-key"] });
        await using var after = await StartAsync(isl, settings);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(after));
    }

    [Fact]
    public async Task Proof_OfOneGateway_HoldsAtTheOther()
    {
        await using var isl = await StartIslAsync();
        var settings = Settings();
        await using var first = await StartAsync(isl, settings);
        await using var second = await StartAsync(isl, settings);
        Assert.Equal(Stored, await AskAsync(first));
        await IsSharedAsync(first);

        await Eventually.TrueAsync(
            async () => (await AskAsync(second)).Contains("hit", StringComparison.Ordinal), Soon, "the entry is shared");
        Assert.Equal(0, isl.State.Calls(Probe));
    }

    [Fact]
    public async Task Refusal_AtOneGateway_EndsTheHitsAtTheOther()
    {
        await using var isl = await StartIslAsync();
        var settings = Settings();
        await using var first = await StartAsync(isl, settings);
        await using var second = await StartAsync(isl, settings);
        Assert.Equal(Stored, await AskAsync(first));
        Assert.Contains("hit", await AskAsync(first), StringComparison.Ordinal);

        isl.State.Update(knobs => knobs with { RevokedKeys = ["alice-key"] });
        Assert.Contains("hit", await AskAsync(first), StringComparison.Ordinal);
        using var refused = await second.Client.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, Key);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        await Eventually.TrueAsync(
            async () => await StatusAsync(first) == HttpStatusCode.Unauthorized, Soon, "the refusal is heard at the first gateway");
        await using var third = await StartAsync(isl, settings);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(third));
    }

    [Fact]
    public async Task Refusal_OnAPathThatIsNeverCached_EndsTheHitsToo()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await StartAsync(isl, Settings());
        Assert.Equal(Stored, await AskAsync(gateway));
        isl.State.Update(knobs => knobs with { RevokedKeys = ["alice-key"] });
        using var request = new HttpRequestMessage(HttpMethod.Get, Probe);
        request.Headers.Add("X-API-Key", "alice-key");
        using var refused = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(gateway));
    }

    [Fact]
    public async Task Refusal_WhileRedisIsAway_ReachesTheOtherGatewayOnceItIsBack()
    {
        RedisProcess.RequireOrSkip();
        await using var isl = await StartIslAsync();
        await using var own = await RedisProcess.StartAsync();
        string[] settings = [$"ConnectionStrings:Redis={own.ConnectionString}"];
        await using var first = await StartAsync(isl, settings);
        await using var second = await StartAsync(isl, settings);
        Assert.Equal(Stored, await AskAsync(first));
        await own.KillAsync();
        isl.State.Update(knobs => knobs with { RevokedKeys = ["alice-key"] });
        using var refused = await second.Client.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, Key);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(first));

        await own.RestartAsync();
        await Eventually.TrueAsync(
            async () => await StatusAsync(first) == HttpStatusCode.Unauthorized, Soon, "the refusal is heard at the first gateway");
    }

    /// <summary>So many that one token has to stand for them all: every proof ends, at gateways yet to come too.</summary>
    [Fact]
    public async Task Refusals_TooManyWhileRedisIsAway_EndEveryProof()
    {
        RedisProcess.RequireOrSkip();
        await using var isl = await StartIslAsync();
        await using var own = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        string[] settings = [$"ConnectionStrings:Redis={own.ConnectionString}"];
        await using var gateway = await StartAsync(isl, settings);
        Assert.Equal(Stored, await AskAsync(gateway));
        await IsSharedAsync(gateway);
        var before = await ReadAsync();
        await own.KillAsync();
        isl.State.Update(knobs => knobs with { RevokedKeys = ["alice-key"] });
        using (var refused = await gateway.Client.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, Key))
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        // As if so many whom ISL knew had come since, and been refused.
        var (proofs, revocations) = (gateway.Services.GetRequiredService<ProofCache>(), gateway.Services.GetRequiredService<Revocations>());
        foreach (var one in Enumerable.Range(0, 1_100).Select(_ => new Credential(Digest.Random())))
        {
            Assert.True(proofs.Prove(one, TimeProvider.System.GetTimestamp()));
            await revocations.RefuseAsync(one.Digest);
        }

        await own.RestartAsync();
        await gateway.RedisIsUpAsync();
        await Eventually.TrueAsync(
            async () => await ReadAsync() is var now && now.Everyone != before.Everyone && now.Refused < 100, Soon, "Redis is told");
        Assert.True(await gateway.Redis.KeyExistsAsync(gateway.ProofOf("alice-key")));

        await using var another = await StartAsync(isl, settings);
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(gateway));
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(another));

        async Task<(RedisValue Everyone, int Refused)> ReadAsync()
        {
            var fields = await RefusedAsync(gateway);
            return (await gateway.Redis.HashGetAsync(gateway.Services.GetRequiredService<RedisNames>().Tokens, "credentials"), fields);
        }
    }

    /// <summary>As a failover may leave it that lost the last writes.</summary>
    [Fact]
    public async Task Refusals_LostWithTheProofBack_LeadToNoHit()
    {
        await using var isl = await StartIslAsync();
        var settings = Settings();
        await using var gateway = await StartAsync(isl, settings);
        Assert.Equal(Stored, await AskAsync(gateway));
        await IsSharedAsync(gateway);
        var name = gateway.ProofOf("alice-key");
        var proof = await gateway.Redis.StringGetAsync(name);
        await using var listener = await StartAsync(isl, settings);
        isl.State.Update(knobs => knobs with { RevokedKeys = ["alice-key"] });
        using (var refused = await gateway.Client.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, Key)) { }
        await Eventually.TrueAsync(
            async () => await RefusedAsync(gateway) == 1 && listener.TokenOf("alice-key") == gateway.TokenOf("alice-key"), Soon,
            "Redis and the other gateway have been told");

        await gateway.Redis.KeyDeleteAsync(gateway.Services.GetRequiredService<RedisNames>().Tokens);
        await gateway.Redis.StringSetAsync(name, proof, TimeSpan.FromMinutes(59));
        await Eventually.TrueAsync(async () => await RefusedAsync(gateway) == 1, Soon, "the loss is put right");

        await using var another = await StartAsync(isl, settings);
        foreach (var one in (GatewayUnderTest[])[gateway, listener, another])
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(one));
    }

    [Fact]
    public async Task Refusals_ManyAtOnce_AreEachAnnouncedOnce()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await StartAsync(isl, Settings());
        var once = Enumerable.Range(0, 100).Select(i => $"once-{i}").ToList();
        isl.State.Update(knobs => knobs with { ApiKeys = once });
        await Task.WhenAll(once.Select(key => StatusAsync(gateway, key)));
        isl.State.Update(knobs => knobs with { RevokedKeys = once });
        foreach (var status in await Task.WhenAll(
            once.Select(key => StatusAsync(gateway, key, Isl.Counterfactual, Isl.CounterfactualBody))))
            Assert.Equal(HttpStatusCode.Unauthorized, status);
        await Eventually.TrueAsync(async () => await RefusedAsync(gateway) == 100, Soon, "all are announced");
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("")]
    [InlineData("another's")]
    public async Task ProofRecord_ThatIsNone_CountsForNothingAndIsRemoved(string what)
    {
        await using var isl = await StartIslAsync();
        var settings = Settings();
        await using (var before = await StartAsync(isl, settings))
        {
            Assert.Equal(Stored, await AskAsync(before));
            await IsSharedAsync(before);
        }

        isl.State.Update(knobs => knobs with { RevokedKeys = ["alice-key"] });
        await using var after = await StartAsync(isl, settings);
        var proof = await after.Redis.StringGetAsync(after.ProofOf("alice-key"));
        await after.Redis.KeyDeleteAsync(after.ProofOf("alice-key"));
        var (name, value) = what == "another's" ? (after.ProofOf("bob-key"), proof) : (after.ProofOf("alice-key"), (RedisValue)what);
        await after.Redis.StringSetAsync(name, value, TimeSpan.FromMinutes(1));

        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(after));
        if (what == "another's") isl.State.Update(knobs => knobs with { RevokedKeys = ["alice-key", "bob-key"] });
        using var bob = await after.Client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-API-Key: bob-key");
        Assert.Equal(what == "another's" ? HttpStatusCode.Unauthorized : HttpStatusCode.OK, bob.StatusCode);
    }

    [Fact]
    public async Task ProofInUse_IsRenewedInTheBackground_AndARevokedKeyStillEnds()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await StartAsync(isl, [.. Settings(), "Credentials:Recheck=6s", "Credentials:ProbeTimeout=1m"]);
        Assert.Equal(Stored, await AskAsync(gateway));

        // A hit that waited for a probe would wait for a minute.
        isl.State.Hang(Probe);
        await Eventually.TrueAsync(
            async () => (await AskAsync(gateway)).Contains("hit", StringComparison.Ordinal) && isl.State.LastCalls(Probe).Count == 1,
            Soon, "a renewal is under way while hits go on");
        var age = gateway.AgeOfProof("alice-key");
        isl.State.ReleaseHang();
        await Eventually.TrueAsync(() => gateway.AgeOfProof("alice-key") < age, Soon, "the renewal is done");

        isl.State.Update(knobs => knobs with { RevokedKeys = ["alice-key"] });
        await Eventually.TrueAsync(async () => await StatusAsync(gateway) == HttpStatusCode.Unauthorized, Soon, "the renewal learns of it");
    }

    /// <summary>How many credentials are said to be refused.</summary>
    private static async Task<int> RefusedAsync(GatewayUnderTest gateway) =>
        (await gateway.Redis.HashKeysAsync(gateway.Services.GetRequiredService<RedisNames>().Tokens))
            .Count(field => RedisNames.IsRevocation(field!));

    private static async Task IsSharedAsync(GatewayUnderTest gateway) =>
        await Eventually.TrueAsync(
            async () => await gateway.Redis.KeyExistsAsync(gateway.ProofOf("alice-key")), Soon, "the proof is in Redis");

    private static async Task<string> AskAsync(GatewayUnderTest gateway)
    {
        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, Key);
        return answer.CacheStatus();
    }

    private static async Task<HttpStatusCode> StatusAsync(GatewayUnderTest gateway)
    {
        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, Key);
        return answer.StatusCode;
    }

    private static async Task<HttpStatusCode> StatusAsync(
        GatewayUnderTest gateway, string key, string path = Isl.Validate, string body = Isl.ValidateBody)
    {
        using var answer = await gateway.Client.PostAsync(path, body, "X-API-Key: " + key);
        return answer.StatusCode;
    }

    private static async Task<GatewayUnderTest> StartAsync(SimulatorHost isl, string[] settings)
    {
        var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await gateway.RedisIsUpAsync();
        return gateway;
    }

    private static Task<SimulatorHost> StartIslAsync() =>
        SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["alice-key", "bob-key"] });

    private string[] Settings() => [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
}
