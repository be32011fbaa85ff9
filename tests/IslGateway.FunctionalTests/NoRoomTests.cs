using IslGateway.Caching.Answers;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>An answer that memory does not take, since it is full of far dearer ones, is called stored only where Redis takes it.</summary>
public sealed class NoRoomTests(RedisFixture redis)
{
    private const int MemoryLimit = 64 << 10;
    private const string NoRoom = "IslGateway; fwd=miss; detail=no-room";
    private const string Stored = "IslGateway; fwd=miss; stored";

    private static readonly string[] Small = ["Cache:Memory:SizeLimit=64KiB", "Cache:MaxEntrySize=16KiB"];

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Answer_ThatNothingHolds_IsNotCalledStored()
    {
        await using var rig = await Rig.StartAsync(Small);
        Fill(rig.Gateway);

        Assert.Equal(NoRoom, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.Equal(NoRoom, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody, "Cache-Control: no-cache"));

        Assert.Equal(2, rig.Sim.Calls(Isl.Validate));
        var metrics = await Exposition.OfAsync(rig.Gateway);
        Assert.Equal(2, metrics.Sum("isl_gateway_requests_total", $"endpoint=\"{Isl.Validate}\"", "cache=\"no-room\""));
        Assert.Equal(0, metrics.Sum("isl_gateway_requests_total", "cache=\"stored\""));
        Assert.Equal(2, metrics["isl_gateway_cache_evictions_total{reason=\"refused\"}"]);
        var said = await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody);
        Assert.Equal((NoRoom, "no-room"), (said.Text("cache_status"), said.Text("reason")));
        Assert.Contains("memory is full of answers that are worth far more", said.Text("explanation"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Answer_OnceThereIsRoom_IsStored()
    {
        await using var rig = await Rig.StartAsync(Small);
        Fill(rig.Gateway);
        Assert.Equal(NoRoom, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));

        rig.Memory.RemoveUpTo(rig.Memory.LastKept, row: null);

        Assert.Equal(Stored, await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody));
        Assert.EndsWith("detail=memory", await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody), StringComparison.Ordinal);
        Assert.Equal("IslGateway; hit; ttl=", (await rig.Gateway.ExplainAsync(Isl.Validate, Isl.ValidateBody)).Text("cache_status")![..21]);
    }

    /// <summary>What is not stored is not warmed either.</summary>
    [Fact]
    public async Task Warming_OfWhatNothingHolds_SaysThatItFailed()
    {
        await using var rig = await Rig.StartAsync(Small);
        Fill(rig.Gateway);

        var said = await rig.Gateway.WarmAsync(WarmingList.Of(1, 1));

        Assert.Equal((0, 0, 1, 0), WarmingList.Counts(said[^1]));
        Assert.Contains(said, line => (string?)line["cache_status"] == NoRoom);
    }

    [Fact]
    public async Task Answer_ThatRedisTakes_IsStored()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await UpAsync(isl, redis.ConnectionString);
        Fill(gateway);

        using var first = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);

        Assert.Equal(Stored, first.CacheStatus());
        await Eventually.TrueAsync(
            async () =>
            {
                using var next = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, "Cache-Control: only-if-cached");
                return next.CacheStatus().EndsWith("detail=redis", StringComparison.Ordinal);
            },
            Soon, "Redis has it");
        Assert.Equal(1, isl.State.Calls(Isl.Validate));
    }

    /// <summary>Full: Redis answers, and takes nothing.</summary>
    [Theory]
    [InlineData("killed")]
    [InlineData("full")]
    public async Task Answer_ThatRedisDoesNotTake_IsNotCalledStored(string trouble)
    {
        RedisProcess.RequireOrSkip();
        await using var server = await RedisProcess.StartAsync();
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await UpAsync(isl, server.ConnectionString);
        var health = gateway.Services.GetRequiredService<RedisHealth>();
        Fill(gateway);

        if (trouble == "killed") await server.KillAsync();
        else await server.ConfigSetAsync("maxmemory", "1");
        await Eventually.TrueAsync(() => health.State != RedisState.Ok, Soon, "the gateway knows of it");

        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.Equal(NoRoom, answer.CacheStatus());
    }

    private async Task<GatewayUnderTest> UpAsync(SimulatorHost isl, string connection)
    {
        var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, [$"ConnectionStrings:Redis={connection}", $"Cache:Prefix={redis.NewPrefix()}", .. Small]);
        await gateway.RedisIsUpAsync();
        return gateway;
    }

    /// <summary>Fills memory with answers for which ISL took hours, to the last hundred bytes.</summary>
    private static void Fill(GatewayUnderTest gateway)
    {
        var memory = gateway.Services.GetRequiredService<MemoryStore>();
        var number = 0;
        foreach (var size in (int[])[4_000, 100, 1])
        {
            while (DearOf(size, gateway) is var answer && memory.Bytes + answer.Size <= MemoryLimit)
                memory.Set(Digest.Of(BitConverter.GetBytes(number++)), answer);
        }
    }

    private static StoredAnswer DearOf(int size, GatewayUnderTest gateway) => new()
    {
        StatusCode = 200,
        Headers = [],
        Body = new byte[size],
        IdGaps = [],
        CompletedAt = gateway.Time.GetTimestamp(),
        Lifetime = new Lifetime(TimeSpan.FromHours(1), TimeSpan.FromHours(1)),
        UpstreamDuration = TimeSpan.FromHours(5),
    };
}
