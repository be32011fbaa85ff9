using System.Net;
using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>
/// Redis loses its data, or comes back with older data. Gateways that live know what they know and go on; what none of them can vouch for
/// counts for nothing: no purge and no refusal is ever undone.
/// </summary>
public sealed class RedisLossTests
{
    private const string Key = "X-API-Key: plot-key";
    private const string Stored = "IslGateway; fwd=miss; stored";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("flushed")]
    [InlineData("evicted")]
    [InlineData("restarted empty")]
    public async Task Data_Lost_CostsNoMemoryHitThoughIslIsDown(string how)
    {
        await using var stage = await Stage.StartAsync();
        await using var first = await stage.StartGatewayAsync();
        await using var second = await stage.StartGatewayAsync();
        Assert.Equal(Stored, await AskAsync(first));
        await stage.HasAsync(first, first.ProofOf("plot-key"));
        await Eventually.TrueAsync(async () => (await AskAsync(second)).Contains("hit", StringComparison.Ordinal), Soon, "both have it");
        await stage.Isl.StopAsync();
        var isBack = new TaskCompletionSource();
        var asks = Task.WhenAll(HitsAsync(first, isBack.Task), HitsAsync(second, isBack.Task));

        if (how == "flushed") Assert.Equal("+OK", await RawRedis.SendAsync(stage.Redis.Port, "FLUSHALL"));
        else if (how == "evicted") Assert.Equal(":1", await RawRedis.SendAsync(stage.Redis.Port, "DEL", TokensOf(first)));
        else await stage.Redis.RestartAsync();

        await Task.WhenAny(asks, stage.HasAsync(first, TokensOf(first)));
        isBack.SetResult();
        await asks;
    }

    [Fact]
    public async Task Purge_RedisBackWithAnOlderSnapshotAndNoGatewayAlive_IsNotUndone()
    {
        await using var stage = await Stage.StartAsync();
        await using (var gateway = await stage.StartGatewayAsync())
        {
            Assert.Equal(Stored, await AskAsync(gateway));
            await stage.HasAnswerAsync();
            Assert.Equal("+OK", await RawRedis.SendAsync(stage.Redis.Port, "SAVE"));
            Assert.Equal("done", await PurgeAsync(gateway));
        }

        await stage.Redis.RestartAsync();
        await stage.HasAnswerAsync();
        await using var another = await stage.StartGatewayAsync();

        Assert.Equal(Stored, await AskAsync(another));
        Assert.EndsWith("detail=memory", await AskAsync(another), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Purge_RedisBackWithAnOlderSnapshotWhileAGatewayLives_IsNotUndoneAndItsHitsGoOn()
    {
        await using var stage = await Stage.StartAsync();
        await using var gateway = await stage.StartGatewayAsync();
        Assert.Equal(Stored, await AskAsync(gateway));
        await stage.HasAnswerAsync();
        Assert.Equal("+OK", await RawRedis.SendAsync(stage.Redis.Port, "SAVE"));
        Assert.Equal("done", await PurgeAsync(gateway));
        Assert.Equal(Stored, await AskAsync(gateway));

        await stage.Redis.RestartAsync();
        await gateway.RedisIsUpAsync();
        await using var another = await stage.StartGatewayAsync();

        Assert.EndsWith("detail=memory", await AskAsync(gateway), StringComparison.Ordinal);
        Assert.Equal(Stored, await AskAsync(another));
        Assert.EndsWith("detail=memory", await AskAsync(gateway), StringComparison.Ordinal);
    }

    /// <summary>What was stored before is found again by gateways that come later: somebody has vouched for it.</summary>
    [Fact]
    public async Task Restart_FromASnapshotWhileAGatewayLives_LosesNothing()
    {
        await using var stage = await Stage.StartAsync();
        await using var gateway = await stage.StartGatewayAsync();
        Assert.Equal(Stored, await AskAsync(gateway));
        await stage.HasAnswerAsync();
        await stage.HasAsync(gateway, gateway.ProofOf("plot-key"));
        Assert.Equal("+OK", await RawRedis.SendAsync(stage.Redis.Port, "SAVE"));

        await stage.Redis.RestartAsync();
        await gateway.RedisIsUpAsync();
        await using var another = await stage.StartGatewayAsync();

        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await another.Client.PostAsync(Isl.Validate, Isl.ValidateBody, Key, "Cache-Control: only-if-cached");
                return answer.CacheStatus().Contains("hit", StringComparison.Ordinal);
            },
            Soon, "it is found in Redis");
    }

    [Fact]
    public async Task Refusal_RedisBackWithAnOlderSnapshotAndNoGatewayAlive_IsNotUndone()
    {
        await using var stage = await Stage.StartAsync();
        await using (var gateway = await stage.StartGatewayAsync())
        {
            Assert.Equal(Stored, await AskAsync(gateway));
            await stage.HasAnswerAsync();
            await stage.HasAsync(gateway, gateway.ProofOf("plot-key"));
            Assert.Equal("+OK", await RawRedis.SendAsync(stage.Redis.Port, "SAVE"));
            stage.Isl.State.Update(knobs => knobs with { RevokedKeys = ["plot-key"] });
            using var refused = await gateway.Client.PostAsync(Isl.Counterfactual, Isl.CounterfactualBody, Key);
            Assert.Equal(HttpStatusCode.Unauthorized, refused.StatusCode);
        }

        await stage.Redis.RestartAsync();
        await stage.HasAnswerAsync();
        await using var another = await stage.StartGatewayAsync();

        using var answer = await another.Client.PostAsync(Isl.Validate, Isl.ValidateBody, Key);
        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
    }

    private static string TokensOf(GatewayUnderTest gateway) => gateway.Services.GetRequiredService<RedisNames>().Tokens;

    /// <summary>
    /// Asks until everybody has had the time to read twice what stands in Redis again, and is given the stored answer each time.
    /// </summary>
    private static async Task HitsAsync(GatewayUnderTest gateway, Task isBack)
    {
        for (long? backAt = null; backAt is null || TimeProvider.System.GetElapsedTime(backAt.Value) < TimeSpan.FromSeconds(1);)
        {
            if (isBack.IsCompleted) backAt ??= TimeProvider.System.GetTimestamp();
            Assert.EndsWith("detail=memory", await AskAsync(gateway), StringComparison.Ordinal);
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private static async Task<string> AskAsync(GatewayUnderTest gateway)
    {
        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, Key);
        return answer.CacheStatus();
    }

    private static async Task<string?> PurgeAsync(GatewayUnderTest gateway)
    {
        using var answer = await gateway.ManagementClient.DeleteAsync("/api/cache?all=true", TestContext.Current.CancellationToken);
        using var document = JsonDocument.Parse(await answer.TextAsync());
        return document.RootElement.GetProperty("redis").GetString();
    }

    /// <summary>A simulated ISL, and a real Redis that keeps what <c>SAVE</c> has written and nothing else.</summary>
    private sealed class Stage(SimulatorHost isl, RedisProcess redis) : IAsyncDisposable
    {
        public SimulatorHost Isl => isl;

        public RedisProcess Redis => redis;

        public static async Task<Stage> StartAsync()
        {
            RedisProcess.RequireOrSkip();
            var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["plot-key"] });
            return new Stage(isl, await RedisProcess.StartAsync());
        }

        public async Task<GatewayUnderTest> StartGatewayAsync()
        {
            var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, $"ConnectionStrings:Redis={redis.ConnectionString}");
            await gateway.RedisIsUpAsync();
            return gateway;
        }

        public Task HasAsync(GatewayUnderTest gateway, string name) =>
            Eventually.TrueAsync(async () => await RawRedis.SendAsync(redis.Port, "EXISTS", name) == ":1", Soon, $"Redis has {name}");

        public Task HasAnswerAsync() => Eventually.TrueAsync(
            async () =>
                await RawRedis.SendAsync(redis.Port, "EVAL", "return #redis.call('KEYS', 'islgw:v1:CausalValidate:*')", "0") == ":1",
            Soon, "the answer is in Redis");

        public async ValueTask DisposeAsync()
        {
            await isl.DisposeAsync();
            await redis.DisposeAsync();
        }
    }
}
