using IslGateway.Caching.Keys;
using IslGateway.Caching.Sessions;
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
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private const string Query = """{"user_id":"alice","context":{"domain":"pricing","variables":["revenue","churn"]},"num_queries":3}""";
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string Unsafe = "IslGateway; fwd=bypass; detail=session-unsafe";
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

        var before = await HitAsync(first);
        using var updated = await second.Client.PostAsync(Isl.Update, Answer);
        var (status, after) = await SafeAnswerAsync(first);

        Assert.Equal(System.Net.HttpStatusCode.OK, updated.StatusCode);
        Assert.Equal(Stored, status);
        Assert.NotEqual(before, after);
    }

    [Fact]
    public async Task GatewayKilled_SessionAnswersAreForwardedUntilItIsStruckOff_ThenAnew()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        await using var survivor = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await survivor.RedisIsUpAsync();
        var gateways = survivor.Services.GetRequiredService<RedisNames>().Gateways;
        await using (var killed = GatewayProcess.Start(
            ["--environment=Production", $"--Isl:BaseUrl={isl.BaseAddress}", .. settings.Select(s => "--" + s)]))
        {
            await killed.BannerAsync();
            await Eventually.TrueAsync(async () => await survivor.Redis.SortedSetLengthAsync(gateways) == 2, Soon, "both are there");
            await Eventually.TrueAsync(
                async () => (await ElicitAsync(survivor)).Contains("; hit;", StringComparison.Ordinal), Soon, "the answer is stored");
        }

        await Eventually.TrueAsync(async () => await ElicitAsync(survivor) == Unsafe, Soon, "it is missed");
        await ElapseAsync(survivor, gateways, RedisSessions.MissingFor - Soon);
        Assert.Equal(Unsafe, await ElicitAsync(survivor));

        await ElapseAsync(survivor, gateways, Soon);

        Assert.Equal(Stored, await SafeAsync(survivor));
        Assert.Equal(1, await survivor.Redis.SortedSetLengthAsync(gateways));
    }

    [Fact]
    public async Task RedisAway_SessionAnswersAreForwardedAndNotCached()
    {
        RedisProcess.RequireOrSkip();
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var own = await RedisProcess.StartAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, $"ConnectionStrings:Redis={own.ConnectionString}");
        await gateway.RedisIsUpAsync();
        Assert.Equal(Stored, await SafeAsync(gateway));

        await own.KillAsync();
        using var forwarded = await gateway.Client.PostAsync(Isl.Elicit, Query);
        Assert.Equal(Unsafe, forwarded.CacheStatus());

        using var updated = await gateway.Client.PostAsync(Isl.Update, Answer);
        await own.RestartAsync();
        await gateway.RedisIsUpAsync();
        Assert.Equal(Stored, await SafeAsync(gateway));
    }

    [Fact]
    public async Task UpdateLeftUnanswered_NoGatewayCachesUntilItCannotBeAppliedAnyMore()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings =
        [
            $"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}",
            "Endpoints:PreferencesUpdate:UpstreamTimeout=2s",
            "Endpoints:PreferencesUpdate:Timeout=1s",
        ];
        await using var first = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await using var second = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await first.RedisIsUpAsync();
        await second.RedisIsUpAsync();
        isl.State.Fail(504, count: 1, path: Isl.Update);

        using var updated = await second.Client.PostAsync(Isl.Update, Answer);
        using var unsettled = await first.Client.PostAsync(Isl.Elicit, Query);

        Assert.Equal(Unsafe, unsettled.CacheStatus());
        Assert.Equal(Stored, await SafeAsync(first, "bob"));
        Assert.Equal(Stored, await SafeAsync(first));
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
        await using var connection = await PatientRedis.ConnectAsync(own.ConnectionString);
        var names = gateway.Services.GetRequiredService<RedisNames>();
        await Eventually.TrueAsync(
            async () => await SilenceAsync(connection, names.Gateways) < RedisSessions.SignLife, Soon, "the gateway shows its sign");

        link.Cut();
        using var updated = await gateway.Client.PostAsync(Isl.Update, Answer);

        Assert.Equal(System.Net.HttpStatusCode.OK, updated.StatusCode);
        Assert.InRange(await SilenceAsync(connection, names.Gateways), RedisSessions.SignLife, TimeSpan.MaxValue);
    }

    [Theory]
    [InlineData(-50, true)]
    [InlineData(-450, false)]
    [InlineData(60_000, false)]
    public async Task Heartbeat_BySomeTimeOfRedis_IsCarriedOutSoonAfterThatAndNotBefore(int offset, bool isCarriedOut)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, $"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}");
        await gateway.RedisIsUpAsync();
        var sessions = gateway.Services.GetRequiredService<RedisSessions>();
        long now;
        SessionBeatReply reply;

        // One that this machine sent late, or whose reply it was late to read, says nothing.
        do
        {
            now = (await BeatAsync(0)).Now;
            reply = await BeatAsync(now + offset);
        }
        while (reply.Now == 0 || (isCarriedOut && reply.Now > now + offset + RedisSessions.SignLife.TotalMilliseconds));

        Assert.Equal(isCarriedOut, reply.Standing is not null);
        Assert.Equal(
            isCarriedOut ? 2 : 1, await gateway.Redis.SortedSetLengthAsync(gateway.Services.GetRequiredService<RedisNames>().Gateways));

        async Task<SessionBeatReply> BeatAsync(long time) =>
            (await sessions.BeatAsync(
                new SessionBeat("another", "", time, WasThere: false, IsMoved: false, []), TestContext.Current.CancellationToken)).Value;
    }

    /// <summary>The data are those of another run of the server: it came back with what it had at some time.</summary>
    [Fact]
    public async Task Redis_CameBackWithOlderData_NothingStoredBeforeIsServed()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, $"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}");
        await gateway.RedisIsUpAsync();
        await HitAsync(gateway);

        await gateway.Redis.HashSetAsync(gateway.Services.GetRequiredService<RedisNames>().Everyone, "run", "another");

        Assert.Equal(Stored, await SafeAsync(gateway));
    }

    [Fact]
    public async Task AnotherGatewayStops_InGoodOrder_HitsGoOn()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        await using var first = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await first.RedisIsUpAsync();
        await HitAsync(first);
        await using (var second = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings)) await second.RedisIsUpAsync();

        Assert.EndsWith("detail=memory", await SafeAsync(first), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherGatewayHasAnotherSecret_ItCachesNothingAndItsUpdatesCountAtTheFirst()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        await using var first = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        await first.RedisIsUpAsync();
        await using var second = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, [.. settings, "Cache:KeySecret=another-secret-of-some-length"]);
        await second.RedisIsUpAsync();
        var before = await HitAsync(first);
        Assert.Equal(Unsafe, await ElicitAsync(second));
        using var updated = await second.Client.PostAsync(Isl.Update, Answer);
        var (status, after) = await SafeAnswerAsync(first);

        Assert.Equal(Stored, status);
        Assert.NotEqual(before, after);
    }

    [Fact]
    public async Task AnotherGatewayHasAnotherSecret_TheFirstHasGoneForLong_ItCaches()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}"];
        await using var second = await StartSecondAsync();
        Assert.Equal(Unsafe, await ElicitAsync(second));
        var (membership, connection) = (second.Services.GetRequiredService<Membership>(),
            second.Services.GetRequiredService<RedisConnection>());
        await Eventually.TrueAsync(
            () => membership.Next("", connection.Breaks) is { Met.Count: 0 }, Soon, "the second has heard that the first has left");

        // As it expires by itself, a minute after the last gateway of that secret.
        await second.Redis.KeyDeleteAsync(second.Services.GetRequiredService<RedisNames>().Everyone);

        await Eventually.TrueAsync(
            async () => (await ElicitAsync(second)).Contains("; hit;", StringComparison.Ordinal), Soon, "session answers are cached");

        async Task<GatewayUnderTest> StartSecondAsync()
        {
            await using var first = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
            await first.RedisIsUpAsync();
            var started = await GatewayUnderTest.StartAsync(
                isl.BaseAddress, [.. settings, "Cache:KeySecret=another-secret-of-some-length"]);
            await started.RedisIsUpAsync();
            return started;
        }
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
        Assert.Equal(Unsafe, hers.CacheStatus());
        Assert.Equal(Stored, await SafeAsync(first, "bob"));
        isl.State.ReleaseHang();
    }

    [Fact]
    public async Task RecordsOfWrongTypesAndDamagedOnes_AreReplaced()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, $"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}");
        await gateway.RedisIsUpAsync();
        await using var connection = await PatientRedis.ConnectAsync(redis.ConnectionString);
        var database = connection.GetDatabase();
        var user = gateway.Services.GetRequiredService<KeyComposer>().Conceal(Digest.Of("alice"u8));
        var names = gateway.Services.GetRequiredService<RedisNames>();
        foreach (var (name, put) in (List<(string, Func<string, Task>)>)
        [
            (names.Belief(user), OfAnotherTypeAsync), (names.Belief(user), name => database.StringSetAsync(name, "damaged")),
            (names.Unsettled(user), OfAnotherTypeAsync),
            (names.EveryoneUnsettled, OfAnotherTypeAsync), (names.Gateways, OfAnotherTypeAsync), (names.Everyone, OfAnotherTypeAsync),
            (names.Everyone, name => database.HashSetAsync(name, "token", "damaged")),
        ])
        {
            await Eventually.TrueAsync(
                async () => (await ElicitAsync(gateway)).EndsWith("detail=memory", StringComparison.Ordinal), Soon, "answers are stored");
            await put(name);
            Assert.DoesNotContain("; hit;", await ElicitAsync(gateway), StringComparison.Ordinal);
        }

        await Eventually.TrueAsync(
            async () => (await ElicitAsync(gateway)).EndsWith("detail=memory", StringComparison.Ordinal), Soon, "answers are stored again");

        // At once: the gateway may write there between a removal and what follows it.
        Task OfAnotherTypeAsync(string name)
        {
            var exchange = database.CreateTransaction();
            _ = exchange.KeyDeleteAsync(name);
            _ = exchange.ListLeftPushAsync(name, "not a string");
            return exchange.ExecuteAsync();
        }
    }

    private static async Task<string> ElicitAsync(GatewayUnderTest gateway) => (await AnswerAsync(gateway, "alice")).Status;

    private static async Task<(string Status, string Text)> AnswerAsync(GatewayUnderTest gateway, string user)
    {
        using var answer = await gateway.Client.PostAsync(
            Isl.Elicit, Query.Replace("alice", user, StringComparison.Ordinal), "X-Request-Id: one");
        return (answer.CacheStatus(), await answer.TextAsync());
    }

    private static async Task<string> SafeAsync(GatewayUnderTest gateway, string user = "alice") =>
        (await SafeAnswerAsync(gateway, user)).Status;

    /// <summary>What becomes of it once session answers are safe: a machine that is busy may have held up a heartbeat.</summary>
    private static async Task<(string Status, string Text)> SafeAnswerAsync(GatewayUnderTest gateway, string user = "alice")
    {
        var answer = ("", "");
        await Eventually.TrueAsync(
            async () => (answer = await AnswerAsync(gateway, user)).Item1 != Unsafe, Soon, "session answers are safe");
        return answer;
    }

    /// <summary>Asks until the answer comes from memory. A gateway that was missing for a moment begins anew.</summary>
    private static async Task<string> HitAsync(GatewayUnderTest gateway)
    {
        var answer = ("", "");
        await Eventually.TrueAsync(
            async () => (answer = await AnswerAsync(gateway, "alice")).Item1.EndsWith("detail=memory", StringComparison.Ordinal), Soon,
            "the answer comes from memory");
        return answer.Item2;
    }

    /// <summary>Lets every gateway that is missing be missing for so much longer.</summary>
    private static async Task ElapseAsync(GatewayUnderTest gateway, string gateways, TimeSpan time)
    {
        var present = gateway.Services.GetRequiredService<Membership>().Name;
        foreach (var name in await gateway.Redis.SortedSetRangeByRankAsync(gateways))
        {
            if (name != present) await gateway.Redis.SortedSetDecrementAsync(gateways, name, time.TotalMilliseconds);
        }
    }

    /// <summary>How long ago, by Redis's clock, the only gateway gave its last sign of life.</summary>
    private static async Task<TimeSpan> SilenceAsync(ConnectionMultiplexer connection, string gateways)
    {
        var now = (await connection.GetServers()[0].TimeAsync() - DateTime.UnixEpoch).TotalMilliseconds;
        var only = Assert.Single(await connection.GetDatabase().SortedSetRangeByRankWithScoresAsync(gateways));
        return TimeSpan.FromMilliseconds(now - only.Score);
    }
}
