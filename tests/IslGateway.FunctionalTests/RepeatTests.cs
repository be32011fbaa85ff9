using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>The gateway's main job: the same question is asked of ISL once.</summary>
public sealed class RepeatTests(RedisFixture redis)
{
    [Fact]
    public async Task SameBody_AskedTwice_IsOneUpstreamCallAndEqualAnswers()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        using var first = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: caller-one");
        using var second = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, "X-Request-Id: caller-two");

        Assert.Equal("IslGateway; fwd=miss; stored", first.CacheStatus());
        Assert.Matches("^IslGateway; hit; ttl=[0-9]+; detail=memory$", second.CacheStatus());
        Assert.Equal("caller-two", second.RequestId());
        Assert.Equal((await first.TextAsync()).Replace("caller-one", "caller-two", StringComparison.Ordinal), await second.TextAsync());
        Assert.Equal(1, isl.State.Calls(Isl.Validate));
    }

    [Fact]
    public async Task Restart_WithTheSameRedis_HitsRedisThenMemory()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        await using (var before = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings))
        {
            await before.RedisIsUpAsync();
            using var miss = await before.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
            Assert.Equal("IslGateway; fwd=miss; stored", miss.CacheStatus());
        }

        await using var after = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await after.RedisIsUpAsync();
        using var first = await after.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        using var second = await after.Client.PostAsync(Isl.Validate, Isl.ValidateBody);

        Assert.EndsWith("detail=redis", first.CacheStatus(), StringComparison.Ordinal);
        Assert.EndsWith("detail=memory", second.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal(1, isl.State.Calls(Isl.Validate));
    }
}
