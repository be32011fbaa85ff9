using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>Session answers where two gateways share a Redis: an update that passes one counts at both.</summary>
public sealed class SharedSessionTests(RedisFixture redis)
{
    private const string Query = """{"user_id":"alice","context":{"domain":"pricing","variables":["revenue","churn"]},"num_queries":3}""";
    private const string Answer = """{"user_id":"alice","query_id":"q1","response":"A"}""";

    [Fact]
    public async Task Update_ThroughAnotherGateway_EndsTheHits()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        await using var first = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await using var second = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await first.RedisIsUpAsync();
        await second.RedisIsUpAsync();

        using var asked = await first.Client.PostAsync(Isl.Elicit, Query, "X-Request-Id: one");
        using var again = await first.Client.PostAsync(Isl.Elicit, Query, "X-Request-Id: one");
        using var updated = await second.Client.PostAsync(Isl.Update, Answer);
        using var after = await first.Client.PostAsync(Isl.Elicit, Query, "X-Request-Id: one");

        Assert.Equal("IslGateway; fwd=miss; stored", asked.CacheStatus());
        Assert.EndsWith("detail=memory", again.CacheStatus(), StringComparison.Ordinal);
        Assert.Equal(System.Net.HttpStatusCode.OK, updated.StatusCode);
        Assert.Equal("IslGateway; fwd=miss; stored", after.CacheStatus());
        Assert.NotEqual(await again.TextAsync(), await after.TextAsync());
    }

    [Fact]
    public async Task RedisAway_SessionAnswersAreForwardedAndNotCached()
    {
        RedisProcess.RequireOrSkip();
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var own = await RedisProcess.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, $"ConnectionStrings:Redis={own.ConnectionString}");
        await gateway.RedisIsUpAsync();
        using var stored = await gateway.Client.PostAsync(Isl.Elicit, Query);
        Assert.Equal("IslGateway; fwd=miss; stored", stored.CacheStatus());

        await own.KillAsync();
        using var forwarded = await gateway.Client.PostAsync(Isl.Elicit, Query);
        Assert.Equal("IslGateway; fwd=bypass; detail=session-unsafe", forwarded.CacheStatus());

        using var updated = await gateway.Client.PostAsync(Isl.Update, Answer);
        await own.RestartAsync();
        await gateway.RedisIsUpAsync();
        using var fresh = await gateway.Client.PostAsync(Isl.Elicit, Query);
        Assert.Equal("IslGateway; fwd=miss; stored", fresh.CacheStatus());
    }
}
