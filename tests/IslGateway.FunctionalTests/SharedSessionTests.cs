using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests;

/// <summary>Session answers where two gateways share a Redis: an update that passes one counts at both.</summary>
public sealed class SharedSessionTests(RedisFixture redis)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

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
    public async Task GatewayKilled_OnTheSameMachine_IsNotWaitedFor()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "elsewhere nobody can tell that it has ended");
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        await using var survivor = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await survivor.RedisIsUpAsync();
        await using (var killed = GatewayProcess.Start(["--environment=Production", $"--Isl:BaseUrl={isl.BaseAddress}", .. settings.Select(s => "--" + s)]))
        {
            await killed.BannerAsync();
            var members = survivor.Services.GetRequiredService<Redis.RedisNames>().Gateways;
            await Eventually.TrueAsync(async () => await survivor.Redis.SetLengthAsync(members) == 2, Soon, "both are on the roll");
        }

        // Long before the minute after which a gateway of another machine is struck off.
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await survivor.Client.PostAsync(Isl.Elicit, Query);
                return answer.CacheStatus().Contains("hit", StringComparison.Ordinal);
            },
            Soon, "session answers are cached again");
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

    [Fact]
    public async Task UpdateLeftUnanswered_NoGatewayCachesUntilItCannotBeAppliedAnyMore()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings =
        [
            $"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}", "Endpoints:PreferencesUpdate:UpstreamTimeout=2s",
            "Endpoints:PreferencesUpdate:Timeout=1s",
        ];
        await using var first = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await using var second = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await first.RedisIsUpAsync();
        await second.RedisIsUpAsync();
        isl.State.Fail(504, count: 1, path: Isl.Update);

        using var updated = await second.Client.PostAsync(Isl.Update, Answer);
        using var unsettled = await first.Client.PostAsync(Isl.Elicit, Query);
        using var another = await first.Client.PostAsync(Isl.Elicit, Query.Replace("alice", "bob", StringComparison.Ordinal));

        Assert.Equal("IslGateway; fwd=bypass; detail=session-unsafe", unsettled.CacheStatus());
        Assert.Equal("IslGateway; fwd=miss; stored", another.CacheStatus());
        await Eventually.TrueAsync(
            async () => (await first.Client.PostAsync(Isl.Elicit, Query)).CacheStatus() == "IslGateway; fwd=miss; stored", Soon, "answers are stored again");
    }

    [Fact]
    public async Task Update_GatewayCutOffFromRedis_IsAnsweredOnlyWhenTheOthersMissTheGateway()
    {
        RedisProcess.RequireOrSkip();
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var own = await RedisProcess.StartAsync();
        await using var link = new CuttableProxy(own.Port);
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, $"ConnectionStrings:Redis=127.0.0.1:{link.Port}");
        await gateway.RedisIsUpAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(own.ConnectionString);
        var names = gateway.Services.GetRequiredService<RedisNames>();
        var name = (string)Assert.Single(await connection.GetDatabase().SetMembersAsync(names.Gateways))!;
        Assert.True(await connection.GetDatabase().KeyExistsAsync(names.Gateway(name)));

        link.Cut();
        using var updated = await gateway.Client.PostAsync(Isl.Update, Answer);

        Assert.Equal(System.Net.HttpStatusCode.OK, updated.StatusCode);
        Assert.False(await connection.GetDatabase().KeyExistsAsync(names.Gateway(name)));
        Assert.True(await connection.GetDatabase().SetContainsAsync(names.Gateways, name));
    }

    [Fact]
    public async Task AnotherGatewayStops_InGoodOrder_HitsGoOn()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        await using var first = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await first.RedisIsUpAsync();
        using var stored = await first.Client.PostAsync(Isl.Elicit, Query);
        await using (var second = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings)) await second.RedisIsUpAsync();

        using var after = await first.Client.PostAsync(Isl.Elicit, Query);

        Assert.EndsWith("detail=memory", after.CacheStatus(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherGatewayHasAnotherSecret_NothingIsCachedUntilItHasGone_ThenAnew()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        await using var first = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await first.RedisIsUpAsync();
        using var stored = await first.Client.PostAsync(Isl.Elicit, Query, "X-Request-Id: one");
        Assert.Equal("IslGateway; fwd=miss; stored", stored.CacheStatus());

        await using (var second = await GatewayUnderTest.StartAsync(isl.BaseAddress, [.. settings, "Cache:KeySecret=another-secret-of-some-length"]))
        {
            await second.RedisIsUpAsync();
            using var here = await first.Client.PostAsync(Isl.Elicit, Query);
            using var there = await second.Client.PostAsync(Isl.Elicit, Query);
            Assert.Equal("IslGateway; fwd=bypass; detail=session-unsafe", here.CacheStatus());
            Assert.Equal("IslGateway; fwd=bypass; detail=session-unsafe", there.CacheStatus());
            using var updated = await second.Client.PostAsync(Isl.Update, Answer);
        }

        string? cached = null;
        await Eventually.TrueAsync(
            async () =>
            {
                using var answer = await first.Client.PostAsync(Isl.Elicit, Query, "X-Request-Id: one");
                cached = await answer.TextAsync();
                return answer.CacheStatus().Contains("hit", StringComparison.Ordinal);
            },
            Soon, "session answers are cached again");
        Assert.NotEqual(await stored.TextAsync(), cached);
    }

    [Fact]
    public async Task GatewayStops_WhileAnUpdateWhoseCallerHasLeftIsUnderWay_TheUserIsUnsettledAtTheOthers()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        await using var first = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await first.RedisIsUpAsync();
        isl.State.Hang(Isl.Update);
        await using (var second = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings))
        {
            await second.RedisIsUpAsync();
            using var caller = new HttpClient { BaseAddress = second.Address };
            var leaving = caller.PostAsync(Isl.Update, Answer);
            await Eventually.TrueAsync(() => isl.State.LastCalls().Any(call => call.Path == Isl.Update), Soon, "the update is under way");
            caller.CancelPendingRequests();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        }

        using var hers = await first.Client.PostAsync(Isl.Elicit, Query);
        using var another = await first.Client.PostAsync(Isl.Elicit, Query.Replace("alice", "bob", StringComparison.Ordinal));
        isl.State.ReleaseHang();

        Assert.Equal("IslGateway; fwd=bypass; detail=session-unsafe", hers.CacheStatus());
        Assert.Equal("IslGateway; fwd=miss; stored", another.CacheStatus());
    }

    [Fact]
    public async Task RecordsOfWrongTypesAndDamagedOnes_AreReplaced()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, $"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}");
        await gateway.RedisIsUpAsync();
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var database = connection.GetDatabase();
        var user = gateway.Services.GetRequiredService<KeyComposer>().Conceal(Digest.Of("alice"u8));
        using var stored = await gateway.Client.PostAsync(Isl.Elicit, Query);
        var names = gateway.Services.GetRequiredService<RedisNames>();
        Assert.True(await database.KeyExistsAsync(names.Belief(user)));

        foreach (var name in (string[])[names.Belief(user), names.Unsettled(user)])
        {
            await database.KeyDeleteAsync(name);
            await database.ListLeftPushAsync(name, "not a string");
        }

        // A damaged mark counts once.
        using var refused = await gateway.Client.PostAsync(Isl.Elicit, Query);
        using var again = await gateway.Client.PostAsync(Isl.Elicit, Query);
        using var hit = await gateway.Client.PostAsync(Isl.Elicit, Query);

        Assert.Equal("IslGateway; fwd=bypass; detail=session-unsafe", refused.CacheStatus());
        Assert.Equal("IslGateway; fwd=miss; stored", again.CacheStatus());
        Assert.EndsWith("detail=memory", hit.CacheStatus(), StringComparison.Ordinal);
    }
}
