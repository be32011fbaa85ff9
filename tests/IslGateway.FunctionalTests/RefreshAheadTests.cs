using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>An entry near its end is filled anew before anyone has to wait for it, where that is switched on.</summary>
public sealed class RefreshAheadTests(RedisFixture redis)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Hit_NearItsEnd_IsFilledAnewInTheBackground()
    {
        await using var rig = await Rig.StartAsync("Cache:RefreshAhead=0.9", "Cache:Jitter=0", "Endpoints:CausalValidate:Ttl=20s");
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        rig.Sim.Hang(Isl.Validate);

        // 2 s of the 20 have to pass; while ISL hangs nobody waits, and one call is enough.
        await Eventually.TrueAsync(async () => await HitAsync(rig) && rig.Sim.Calls(Isl.Validate) == 2, Soon, "the entry is filled anew");
        for (var i = 0; i < 5; i++) Assert.True(await HitAsync(rig));
        Assert.Equal(2, rig.Sim.Calls(Isl.Validate));

        rig.Sim.ReleaseHang();
        await Eventually.TrueAsync(
            async () => (await rig.StatusOfAsync(
                Isl.Validate, Isl.ValidateBody)) is "IslGateway; hit; ttl=19; detail=memory" or "IslGateway; hit; ttl=18; detail=memory",
            Soon, "the entry is young again");
    }

    [Fact]
    public async Task Hit_Off_IsNotFilledAnew()
    {
        await using var rig = await Rig.StartAsync("Cache:Jitter=0", "Endpoints:CausalValidate:Ttl=1s");
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        while (await HitAsync(rig)) Assert.Equal(1, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Hit_CallersRateLimitLow_LeavesItAlone()
    {
        await using var rig = await Rig.StartAsync(
            new SimulatorOptions { Latency = 0, RateLimitPerMinute = 3 }, "Cache:RefreshAhead=0.9", "Cache:Jitter=0",
            "Endpoints:CausalValidate:Ttl=3s", "Credentials:MinHeadroom=0.9");
        (await rig.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        while (await HitAsync(rig)) Assert.Equal(1, rig.Sim.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Hit_AnotherGatewayWasQuicker_TakesItsAnswer()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        var prefix = redis.NewPrefix();
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, $"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={prefix}", "Cache:Jitter=0",
            "Endpoints:CausalValidate:Ttl=1h",
            "Cache:RefreshAhead=0.5");
        await gateway.RedisIsUpAsync();
        (await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();
        await Eventually.TrueAsync(async () => (await EntriesAsync(gateway, prefix)).Length == 1, Soon, "the answer is in Redis");

        // In memory it is as old as if the one in Redis were another gateway's, filled later.
        var memory = gateway.Services.GetRequiredService<MemoryStore>();
        var key = Digest.FromBytes(Convert.FromHexString((await EntriesAsync(gateway, prefix))[0].Split(':')[^1]));
        Assert.True(memory.TryGet(key, out var answer));
        memory.Set(key, answer.Dated(answer.CompletedAt - (50 * 60 * gateway.Time.TimestampFrequency), answer.Lifetime));
        Assert.InRange(await TtlAsync(gateway), 0, 600);

        await Eventually.TrueAsync(async () => await TtlAsync(gateway) > 3_000, Soon, "the gateway has the younger answer");
        Assert.Equal(1, isl.State.Calls(Isl.Validate));
    }

    private static async Task<string[]> EntriesAsync(GatewayUnderTest gateway, string prefix)
    {
        var names = new List<string>();
        await foreach (var name in gateway.Redis.Multiplexer.GetServers()[0].KeysAsync(pattern: $"{prefix}:v1:CausalValidate:*"))
            names.Add(name.ToString());
        return [.. names];
    }

    private static async Task<bool> HitAsync(Rig rig) =>
        (await rig.StatusOfAsync(Isl.Validate, Isl.ValidateBody)).Contains("; hit;", StringComparison.Ordinal);

    private static async Task<int> TtlAsync(GatewayUnderTest gateway)
    {
        using var response = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        return int.Parse(response.CacheStatus().Split("ttl=")[1].Split(';')[0], System.Globalization.CultureInfo.InvariantCulture);
    }
}
