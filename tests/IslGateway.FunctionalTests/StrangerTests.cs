using System.Net;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslGateway.Telemetry;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>Callers whom ISL does not know take nothing from those whom it knows: neither turns, nor proofs, nor work of Redis.</summary>
public sealed class StrangerTests(RedisFixture redis)
{
    private const string Key = "X-API-Key: plot-key";
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string NotCached = "/api/v1/causal/validate/strategies";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task ManyInventedKeys_ShareOneTurn()
    {
        await using var rig = await Rig.StartAsync("Limits:MaxConcurrentUpstream=1");
        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Counterfactual, BodyOf(0), Key));
        rig.Sim.Hang(Isl.Counterfactual);
        var strangers = Enumerable.Range(1, 50).Select(n => rig.PostAsync(Isl.Counterfactual, BodyOf(n), $"X-API-Key: invented-{n}"))
            .ToList();
        await QueueIsAsync(rig, 49);
        var plots = rig.PostAsync(Isl.Validate, Isl.ValidateBody, Key);
        await QueueIsAsync(rig, 50);

        rig.Sim.ReleaseHang();
        foreach (var answer in await Task.WhenAll(strangers.Append(plots)))
        {
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            answer.Dispose();
        }

        // PLoT's own that proved it, the stranger's that was under way, the one that was next in turn.
        Assert.InRange(rig.Sim.LastCalls().TakeWhile(call => call.Path != Isl.Validate).Count(), 2, 3);
    }

    [Fact]
    public async Task KeysThatWereNeverProven_AreNotToldOf()
    {
        RedisProcess.RequireOrSkip();
        await using var isl = await StartIslAsync();
        await using var own = await RedisProcess.StartAsync();
        await using var gateway = await StartAsync(isl, $"ConnectionStrings:Redis={own.ConnectionString},allowAdmin=true");
        var tokens = gateway.Services.GetRequiredService<RedisNames>().Tokens;
        var before = await CallsAsync(gateway, "publish", "del", "unlink");
        var change = await gateway.Redis.HashGetAsync(tokens, "change");

        for (var n = 0; n < 20; n++)
        {
            using var refused = await gateway.Client.PostAsync(NotCached, Isl.ValidateBody, $"X-API-Key: invented-{n}");
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        // The gateway's own business goes on meanwhile; twenty refusals would stand out.
        var after = await CallsAsync(gateway, "publish", "del", "unlink");
        Assert.All(before.Zip(after), calls => Assert.InRange(calls.Second - calls.First, 0, 10));
        for (var n = 0; n < 20; n++)
        {
            using var refused = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, $"X-API-Key: invented-{n}");
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        Assert.Equal(change, await gateway.Redis.HashGetAsync(tokens, "change"));
    }

    [Fact]
    public async Task KeyThatAnotherGatewayProved_IsToldOf()
    {
        await using var isl = await StartIslAsync();
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        await using var first = await StartAsync(isl, settings);
        await using var second = await StartAsync(isl, settings);
        Assert.Equal(Stored, await AskAsync(first));
        await Eventually.TrueAsync(async () => await first.Redis.KeyExistsAsync(first.ProofOf("plot-key")), Soon, "the proof is in Redis");
        isl.State.Update(knobs => knobs with { RevokedKeys = ["plot-key"] });

        using var refused = await second.Client.PostAsync(NotCached, Isl.ValidateBody, Key);
        Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);

        await Eventually.TrueAsync(() => !first.IsProven("plot-key"), Soon, "the refusal is heard at the first gateway");
        var tokens = await first.Redis.HashKeysAsync(first.Services.GetRequiredService<RedisNames>().Tokens);
        Assert.Single(tokens, field => RedisNames.IsRevocation(field!));
    }

    [Fact]
    public async Task KeyThatAnotherGatewayProved_RefusedWhileRedisIsSilent_IsToldOfAfterwards()
    {
        RedisProcess.RequireOrSkip();
        await using var isl = await StartIslAsync();
        await using var own = await RedisProcess.StartAsync();
        await using var first = await StartAsync(isl, $"ConnectionStrings:Redis={own.ConnectionString}");
        await using var second = await StartAsync(isl, $"ConnectionStrings:Redis={own.ConnectionString}");
        Assert.Equal(Stored, await AskAsync(first));
        await Eventually.TrueAsync(async () => await first.Redis.KeyExistsAsync(first.ProofOf("plot-key")), Soon, "the proof is in Redis");
        isl.State.Update(knobs => knobs with { RevokedKeys = ["plot-key"] });

        own.Freeze();
        using (var refused = await second.Client.PostAsync(NotCached, Isl.ValidateBody, Key))
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        Assert.True(first.IsProven("plot-key"));
        own.Thaw();

        await Eventually.TrueAsync(() => !first.IsProven("plot-key"), Soon, "the refusal is heard at the first gateway");
    }

    [Fact]
    public async Task ManyRefusalsWhileRedisIsAway_EndNobodyElsesProof()
    {
        RedisProcess.RequireOrSkip();
        await using var isl = await StartIslAsync();
        await using var own = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        await using var gateway = await StartAsync(isl, $"ConnectionStrings:Redis={own.ConnectionString},allowAdmin=true");
        Assert.Equal(Stored, await AskAsync(gateway));
        await Eventually.TrueAsync(
            async () => await gateway.Redis.KeyExistsAsync(gateway.ProofOf("plot-key")), Soon, "the proof is in Redis");
        var names = gateway.Services.GetRequiredService<RedisNames>();
        await own.KillAsync();
        await Task.WhenAll(Enumerable.Range(0, 20).Select(async lane =>
        {
            for (var n = 0; n < 60; n++)
            {
                using var refused = await gateway.Client.PostAsync(NotCached, Isl.ValidateBody, $"X-API-Key: invented-{lane}-{n}");
                Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
            }
        }));

        await own.RestartAsync();
        await gateway.RedisIsUpAsync();
        var looks = await CallsAsync(gateway, "evalsha");
        await Eventually.TrueAsync(
            async () => (await CallsAsync(gateway, "evalsha")).Single() >= looks.Single() + 3, Soon, "the gateway has caught up");

        Assert.DoesNotContain(await gateway.Redis.HashKeysAsync(names.Tokens), field => RedisNames.IsRevocation(field!));
        Assert.Contains("hit", await AskAsync(gateway), StringComparison.Ordinal);
        Assert.Equal(0, isl.State.Calls("/cache/stats"));
    }

    /// <summary>How often Redis has taken these commands, in this order.</summary>
    private static async Task<long[]> CallsAsync(GatewayUnderTest gateway, params string[] commands)
    {
        var text = (string)(await gateway.Redis.ExecuteAsync("INFO", "commandstats"))!;
        return [.. commands.Select(command =>
        {
            var line = text.Split('\n').FirstOrDefault(line => line.StartsWith($"cmdstat_{command}:", StringComparison.Ordinal));
            return line is null ? 0 : long.Parse(line.Split("calls=")[1].Split(',')[0], System.Globalization.CultureInfo.InvariantCulture);
        })];
    }

    private static async Task<string> AskAsync(GatewayUnderTest gateway)
    {
        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, Key);
        return answer.CacheStatus();
    }

    private static async Task<GatewayUnderTest> StartAsync(SimulatorHost isl, params string[] settings)
    {
        var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await gateway.RedisIsUpAsync();
        return gateway;
    }

    private static Task<SimulatorHost> StartIslAsync() =>
        SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["plot-key"] });

    private static string BodyOf(int n) => Isl.CounterfactualBody.Replace("60", $"{60 + n}", StringComparison.Ordinal);

    private static Task QueueIsAsync(Rig rig, int length)
    {
        var metrics = rig.Gateway.Services.GetRequiredService<GatewayMetrics>();
        return Eventually.TrueAsync(() => (int)metrics.QueueLength.Value == length, Soon, $"{length} fills wait for a place");
    }
}
