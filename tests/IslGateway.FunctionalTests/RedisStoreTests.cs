using System.Diagnostics;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslGateway.Redis.Sealing;
using IslGateway.Settings;
using IslGateway.Telemetry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests;

public sealed class RedisStoreTests(RedisFixture redis)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Get_AfterSet_GivesTheAnswerUnderAKeyThatExpires()
    {
        await using var gateway = await Gateway.UpAsync(redis.ConnectionString, redis.NewPrefix(), new PatientTime());
        var answer = AnswerOf("""{"n":1}""", TimeSpan.FromMinutes(10));

        await gateway.Store.SetAsync(gateway.Row, Key(1), answer, default, Token);

        var found = await gateway.GetAsync(Key(1));
        Assert.NotNull(found);
        Assert.True(answer.Body.Span.SequenceEqual(found.Body.Span));
        Assert.Equal((answer.Headers[0], answer.Lifetime), (found.Headers[0], found.Lifetime));
        Assert.InRange(TimeProvider.System.GetElapsedTime(answer.CompletedAt, found.CompletedAt), -Soon, Soon);
        var expiry = await gateway.Database.KeyTimeToLiveAsync(gateway.NameOf(Key(1)));
        Assert.InRange(expiry!.Value, TimeSpan.FromMinutes(9), TimeSpan.FromMinutes(10));
        Assert.Null(await gateway.GetAsync(Key(2)));
        Assert.Equal(0, gateway.Errors());
    }

    [Fact]
    public async Task Get_SeveralDigests_GivesTheFirstThatIsThere()
    {
        await using var gateway = await Gateway.UpAsync(redis.ConnectionString, redis.NewPrefix(), new PatientTime());
        await gateway.Store.SetAsync(gateway.Row, Key(2), AnswerOf("2"), default, Token);
        await gateway.Store.SetAsync(gateway.Row, Key(3), AnswerOf("3"), default, Token);
        await gateway.Database.StringSetAsync(gateway.NameOf(Key(1)), "garbage", TimeSpan.FromMinutes(1));

        var found = await gateway.GetAsync(Key(4), Key(1), Key(2), Key(3));

        Assert.Equal("2"u8.ToArray(), found!.Body.ToArray());
        Assert.Equal(1, gateway.Errors("garbage"));
    }

    [Fact]
    public async Task Get_SeveralDigests_TheFirstFreshOneGoesBeforeTheFirstStale()
    {
        await using var gateway = await Gateway.UpAsync(redis.ConnectionString, redis.NewPrefix(), new PatientTime());
        var (now, minute, lifetime) = (TimeProvider.System.GetTimestamp(), 60 * TimeProvider.System.TimestampFrequency, new Lifetime(
            TimeSpan.FromMinutes(1), TimeSpan.FromHours(1)));
        await gateway.Store.SetAsync(gateway.Row, Key(1), AnswerOf("1").Dated(now - (2 * minute), lifetime), default, Token);
        await gateway.Store.SetAsync(gateway.Row, Key(2), AnswerOf("2").Dated(now - (3 * minute), lifetime), default, Token);
        await gateway.Store.SetAsync(gateway.Row, Key(3), AnswerOf("3"), default, Token);
        await gateway.Store.SetAsync(gateway.Row, Key(4), AnswerOf("4"), default, Token);

        Assert.Equal("3"u8.ToArray(), (await gateway.GetAsync(Key(1), Key(2), Key(3), Key(4)))!.Body.ToArray());
        Assert.Equal("1"u8.ToArray(), (await gateway.GetAsync(Key(1), Key(2)))!.Body.ToArray());
    }

    [Fact]
    public async Task Set_HardlyAnyTimeLeft_ExpiresThenAndIsNeverServedPastItsTime()
    {
        await using var gateway = await Gateway.UpAsync(redis.ConnectionString, redis.NewPrefix(), new PatientTime());
        await gateway.Store.SetAsync(gateway.Row, Key(1), AnswerOf("1", TimeSpan.FromMilliseconds(300)), default, Token);
        await gateway.Store.SetAsync(gateway.Row, Key(2), AnswerOf("1", TimeSpan.Zero), default, Token);

        Assert.False(await gateway.Database.KeyExistsAsync(gateway.NameOf(Key(2))));
        await Eventually.TrueAsync(async () => await gateway.GetAsync(Key(1)) is null, Soon, "the answer is past its time");
        await Eventually.TrueAsync(
            async () => !await gateway.Database.KeyExistsAsync(gateway.NameOf(Key(1))), Soon, "the key has expired");
        Assert.Equal(0, gateway.Errors());
    }

    [Fact]
    public async Task Get_Garbage_IsAMissDeletedAndCounted()
    {
        await using var gateway = await Gateway.UpAsync(redis.ConnectionString, redis.NewPrefix(), new PatientTime());
        var swapped = AnswerEnvelope.Encode(Key(9), AnswerOf("9"));
        var damaged = AnswerEnvelope.Encode(Key(3), AnswerOf("3"));
        damaged[60] ^= 1;
        await gateway.Database.StringSetAsync(gateway.NameOf(Key(1)), "garbage", TimeSpan.FromMinutes(1));
        await gateway.Database.StringSetAsync(gateway.NameOf(Key(2)), swapped, TimeSpan.FromMinutes(1));
        await gateway.Database.StringSetAsync(gateway.NameOf(Key(3)), damaged, TimeSpan.FromMinutes(1));
        await gateway.Database.StringSetAsync(gateway.NameOf(Key(4)), "", TimeSpan.FromMinutes(1));
        await gateway.Database.ListLeftPushAsync(gateway.NameOf(Key(5)), "not a string");

        for (var number = 1; number <= 5; number++)
        {
            Assert.Null(await gateway.GetAsync(Key(number)));
            Assert.Equal(number, gateway.Errors("garbage"));
            await Eventually.TrueAsync(
                async () => !await gateway.Database.KeyExistsAsync(gateway.NameOf(Key(number))), Soon, $"garbage {number} is deleted");
        }

        Assert.Equal(5, gateway.Errors());
    }

    [Fact]
    public async Task Get_EnvelopeOfAnotherRelease_IsAMissAndStays()
    {
        await using var gateway = await Gateway.UpAsync(redis.ConnectionString, redis.NewPrefix(), new PatientTime());
        var other = AnswerEnvelope.Encode(Key(1), AnswerOf("1"));
        other[4]++;
        await gateway.Database.StringSetAsync(gateway.NameOf(Key(1)), other, TimeSpan.FromMinutes(1));

        Assert.Null(await gateway.GetAsync(Key(1)));
        Assert.Equal(0, gateway.Errors());
        Assert.True(await gateway.Database.KeyExistsAsync(gateway.NameOf(Key(1))));
    }

    [Fact]
    public async Task Get_CallerLeft_IsCancelled()
    {
        await using var gateway = await Gateway.UpAsync(redis.ConnectionString, redis.NewPrefix(), new PatientTime());

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await gateway.Store.GetAsync(gateway.Row, [Key(1)], asker: null, new CancellationToken(canceled: true)));

        Assert.Equal(0, gateway.Errors());
    }

    [Fact]
    public async Task AnyCall_NoRedisConfigured_IsAMissAndNoTrouble()
    {
        await using var gateway = await Gateway.StartAsync(null, "none");

        await gateway.Store.SetAsync(gateway.Row, Key(1), AnswerOf("1"), default, Token);

        Assert.Null(await gateway.GetAsync(Key(1)));
        Assert.Equal(RedisState.Off, gateway.State);
        Assert.Equal(0, gateway.Errors());
    }

    [Fact]
    public async Task Connection_RedisStartsAfterTheGateway_ConnectsByItself()
    {
        RedisProcess.RequireOrSkip();
        await using var server = await RedisProcess.StartAsync();
        await server.KillAsync();
        await using var gateway = await Gateway.StartAsync(server.ConnectionString, "late");
        await Eventually.TrueAsync(() => gateway.Log.Count == 1, Soon, "the first connect has failed");
        Assert.Null(await gateway.GetAsync(Key(1)));
        Assert.Equal(0, gateway.Errors("unavailable"));
        Assert.Equal(0, gateway.Metrics.RedisUp.Value);

        await server.RestartAsync();

        await Eventually.TrueAsync(() => gateway.State == RedisState.Ok, Soon, "Redis is up");
        await gateway.AssertRoundTripAsync(Key(1));
        Assert.Equal(["Warning", "Information"], gateway.Log.Levels);
        Assert.Equal(1, gateway.Metrics.RedisUp.Value);
    }

    [Fact]
    public async Task Get_RedisKilledAndBroughtBack_MissesAtOnceAndRecovers()
    {
        RedisProcess.RequireOrSkip();
        await using var server = await RedisProcess.StartAsync();
        await using var gateway = await Gateway.UpAsync(server.ConnectionString, "killed");
        await gateway.AssertRoundTripAsync(Key(1));
        var before = gateway.Errors();

        await server.KillAsync();
        for (var i = 0; i < 200; i++) Assert.Null(await gateway.GetAsync(Key(1)));
        await gateway.Store.SetAsync(gateway.Row, Key(1), AnswerOf("1"), default, Token);

        // What is not sent is no failure.
        Assert.InRange(gateway.Errors() - before, 0, 2);
        await Eventually.TrueAsync(() => gateway.Metrics.RedisUp.Value == 0, Soon, "the metric says that Redis is down");

        await server.RestartAsync();

        await Eventually.TrueAsync(() => gateway.State == RedisState.Ok, Soon, "Redis is up again");
        await gateway.AssertRoundTripAsync(Key(2));
        Assert.Equal(["Information", "Warning", "Information"], gateway.Log.Levels);
    }

    [Fact]
    public async Task Get_RedisFrozen_CostsABudgetAndRecovers()
    {
        RedisProcess.RequireOrSkip();
        await using var server = await RedisProcess.StartAsync();
        await using var gateway = await Gateway.UpAsync(server.ConnectionString, "frozen");
        await gateway.AssertRoundTripAsync(Key(1));
        var (before, timeoutsBefore) = (gateway.Errors(), gateway.Errors("timeout"));

        server.Freeze();
        for (var i = 0; i < 50; i++) Assert.Null(await gateway.GetAsync(Key(1)));
        await gateway.Store.SetAsync(gateway.Row, Key(1), AnswerOf("1"), default, Token);
        Assert.Equal(1, gateway.Errors("timeout") - timeoutsBefore);
        Assert.Equal(1, gateway.Errors() - before);
        await Eventually.TrueAsync(() => gateway.State == RedisState.Down, Soon, "the watch has noticed");

        var timeouts = gateway.Errors("timeout");
        for (var i = 0; i < 50; i++) Assert.Null(await gateway.GetAsync(Key(1)));
        Assert.Equal(timeouts, gateway.Errors("timeout"));

        server.Thaw();

        await Eventually.TrueAsync(
            async () => await gateway.GetAsync(Key(1)) is not null, Soon, "the answer is found again");
        Assert.Equal(["Information", "Warning", "Information"], gateway.Log.Levels);
    }

    [Fact]
    public async Task Get_RedisAnswersTooLate_IsPaidForOnceAndRecovers()
    {
        RedisProcess.RequireOrSkip();
        await using var server = await RedisProcess.StartAsync();
        await using var link = new CuttableProxy(server.Port);
        await using var gateway = await Gateway.UpAsync($"127.0.0.1:{link.Port}", "slow");
        await gateway.AssertRoundTripAsync(Key(1));

        link.Slow(TimeSpan.FromMilliseconds(200));
        await Eventually.TrueAsync(async () => await gateway.GetAsync(Key(1)) is null && gateway.IsLeftAlone, Soon, "a request has met it");
        var timeouts = gateway.Errors("timeout");
        await Eventually.TrueAsync(
            async () => await gateway.GetAsync(Key(1)) is null && gateway.State == RedisState.Down, Soon,
            "the watch has heard late answers");
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < TimeSpan.FromSeconds(1.5);) Assert.Null(await gateway.GetAsync(Key(1)));
        Assert.Equal(timeouts, gateway.Errors("timeout"));

        link.Restore();

        await Eventually.TrueAsync(async () => await gateway.GetAsync(Key(1)) is not null, Soon, "the answer is found again");
    }

    [Fact]
    public async Task Get_RedisFrozen_AllThatARequestAsksHasOneBudget()
    {
        RedisProcess.RequireOrSkip();
        await using var server = await RedisProcess.StartAsync();
        await using var gateway = await Gateway.UpAsync(server.ConnectionString, "one-budget");
        await gateway.AssertRoundTripAsync(Key(1));
        var request = new RedisPatience();
        Assert.NotNull(await gateway.Store.GetAsync(gateway.Row, [Key(1)], request, Token));
        Assert.InRange(request.Waited, TimeSpan.FromTicks(1), TimeSpan.FromSeconds(10));

        // What it has waited elsewhere, and in vain, is gone.
        request.Silence = TimeSpan.FromMilliseconds(29);
        server.Freeze();
        var before = gateway.Errors("timeout");
        Assert.Null(await gateway.Store.GetAsync(gateway.Row, [Key(1)], request, Token));
        Assert.False(gateway.IsLeftAlone);
        Assert.Null(await gateway.Store.GetAsync(gateway.Row, [Key(1)], request, Token));
        Assert.False(gateway.IsLeftAlone);
        Assert.Equal(1, gateway.Errors("timeout") - before);

        // Another request has its own, and finds out.
        Assert.Null(await gateway.GetAsync(Key(1)));
        Assert.True(gateway.IsLeftAlone);
        server.Thaw();
    }

    [Fact]
    public async Task Connection_WrongPassword_IsNamedAndHealsOnceItIsRight()
    {
        RedisProcess.RequireOrSkip();
        await using var server = await RedisProcess.StartAsync();
        await server.ConfigSetAsync("requirepass", "secret");
        await using var gateway = await Gateway.StartAsync($"{server.ConnectionString},password=mistyped", "denied");
        await Eventually.TrueAsync(() => gateway.State == RedisState.Denied, Soon, "the password is refused");
        Assert.Equal(0, gateway.Metrics.RedisUp.Value);

        await using (var knowing = await PatientRedis.ConnectAsync($"{server.ConnectionString},password=secret,allowAdmin=true"))
            await knowing.GetDatabase().ExecuteAsync("CONFIG", "SET", "requirepass", "mistyped");

        await Eventually.TrueAsync(
            () => gateway.State == RedisState.Ok && gateway.Log.Levels[^1] == "Information", Soon, "Redis is up, and it is said");

        // Where an answer is late, it is down, and denied once more.
        Assert.All(gateway.Log.Levels[..^1], level => Assert.Equal("Warning", level));
    }

    [Fact]
    public async Task Connection_RefusedEverything_ReadsAreAskedAndItIsSaidOnce()
    {
        RedisProcess.RequireOrSkip();
        await using var server = await RedisProcess.StartAsync();
        await using var gateway = await Gateway.UpAsync(server.ConnectionString, "refused");
        await server.ConfigSetAsync("maxmemory", "1");
        await Eventually.TrueAsync(() => gateway.State == RedisState.Refusing, Soon, "Redis refuses to write");
        for (var i = 0; i < 10; i++) await gateway.Store.SetAsync(gateway.Row, Key(2), AnswerOf("2"), default, Token);
        Assert.False(gateway.IsLeftAlone);
        Assert.Equal(1, gateway.Metrics.RedisUp.Value);

        await server.ConfigSetAsync("maxmemory", "0");

        await Eventually.TrueAsync(() => gateway.State == RedisState.Ok, Soon, "Redis writes again");
        Assert.Equal(["Information", "Warning", "Information"], gateway.Log.Levels);
    }

    [Fact]
    public async Task Get_RedisFrozen_LeavesNoUnobservedException()
    {
        RedisProcess.RequireOrSkip();
        var unobserved = 0;
        void Count(object? sender, UnobservedTaskExceptionEventArgs arguments)
        {
            if (arguments.Exception.InnerExceptions.Any(inner => inner is RedisException or TimeoutException))
                Interlocked.Increment(ref unobserved);
        }

        TaskScheduler.UnobservedTaskException += Count;
        try
        {
            await using var server = await RedisProcess.StartAsync();
            await using var gateway = await Gateway.UpAsync(server.ConnectionString, "late-faults");
            server.Freeze();
            await Task.WhenAll(Enumerable.Range(0, 20).Select(i => gateway.GetAsync(Key(i), Key(i + 1)).AsTask()));
            await server.KillAsync();
            await Eventually.TrueAsync(() => gateway.Metrics.RedisUp.Value == 0, Soon, "the connection is lost");
        }
        finally
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            TaskScheduler.UnobservedTaskException -= Count;
        }

        Assert.Equal(0, unobserved);
    }

    [Fact]
    public async Task Set_RedisFullOrReadOnly_IsRefusedAndReadsGoOn()
    {
        RedisProcess.RequireOrSkip();
        await using var server = await RedisProcess.StartAsync();
        await using var gateway = await Gateway.UpAsync(server.ConnectionString, "full", new PatientTime());
        await gateway.AssertRoundTripAsync(Key(1));
        await server.ConfigSetAsync("maxmemory", "1");

        for (var i = 0; i < 10; i++) await gateway.Store.SetAsync(gateway.Row, Key(2), AnswerOf("2"), default, Token);

        Assert.Equal(10, gateway.Errors("refused"));
        Assert.NotNull(await gateway.GetAsync(Key(1)));
        await server.ConfigSetAsync("maxmemory", "0");
        await gateway.AssertRoundTripAsync(Key(2));
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private static Digest Key(int number) => Digest.Of(BitConverter.GetBytes(number));

    private static StoredAnswer AnswerOf(string body, TimeSpan? keepFor = null) => new()
    {
        StatusCode = 200,
        Headers = [new("content-type", "application/json")],
        Body = System.Text.Encoding.UTF8.GetBytes(body),
        IdGaps = [],
        CompletedAt = TimeProvider.System.GetTimestamp(),
        Lifetime = keepFor is { } time ? new Lifetime(time, TimeSpan.Zero) : new Lifetime(TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(9)),
    };

    /// <summary>As much of a gateway as the store needs.</summary>
    private sealed class Gateway : IAsyncDisposable
    {
        private readonly SettingsMonitor _settings;
        private readonly string _prefix;
        private readonly RedisHealth _health;
        private readonly RedisWatch _watch;

        private Gateway(string? connectionString, string prefix, TimeProvider? time)
        {
            _prefix = prefix;
            var configuration = new ConfigurationBuilder().AddInMemoryCollection(
                [new("ConnectionStrings:Redis", connectionString), new("Cache:Prefix", prefix)]).AddShippedEndpoints().Build();
            _settings = new SettingsMonitor(
                new SettingsLoader(configuration, isDevelopment: true, EndpointRules.Check), NullLogger<SettingsMonitor>.Instance);
            Row = EndpointRow.Compile(
                "CausalValidate", _settings.Current.Endpoints["CausalValidate"], new RowDefaults(_settings.Current.Cache), index: 0);
            _health = new RedisHealth(_settings, Metrics, TimeProvider.System, Log);
            Connection = new RedisConnection(_settings, _health, TimeProvider.System, NullLogger<RedisConnection>.Instance);
            var (names, troubles) = (new RedisNames(_settings), new RedisTroubles(Metrics));
            var nodes = new RedisNodes(Connection, _health, time ?? TimeProvider.System);
            var gate = new RedisGate(Connection, _health, nodes, troubles, _settings, time ?? TimeProvider.System);
            _watch = new RedisWatch(Connection, _health, nodes, names, _settings, TimeProvider.System, NullLogger<RedisWatch>.Instance);
            var entries = new RedisEntries(
                gate, names, new LeaseRecords(gate, names, troubles, _settings), troubles, _settings, time ?? TimeProvider.System);
            Store = new RedisStore(
                gate, names, entries, new SealingKeys(_settings), new RowLifetimes(_settings), time ?? TimeProvider.System);
        }

        public GatewayMetrics Metrics { get; } = new();

        public Journal Log { get; } = new();

        public EndpointRow Row { get; }

        public RedisConnection Connection { get; }

        public RedisState State => _health.State;

        /// <summary>Whether requests keep away from Redis just now.</summary>
        public bool IsLeftAlone => _health.Breaker.IsOpen;

        public RedisStore Store { get; }

        public IDatabase Database => Connection.Multiplexer!.GetDatabase();

        public static async Task<Gateway> StartAsync(string? connectionString, string prefix, TimeProvider? time = null)
        {
            var gateway = new Gateway(connectionString, prefix, time);
            await gateway.Connection.StartAsync(Token);
            await gateway._watch.StartAsync(Token);
            return gateway;
        }

        public static async Task<Gateway> UpAsync(string connectionString, string prefix, TimeProvider? time = null)
        {
            var gateway = await StartAsync(connectionString, prefix, time);
            await Eventually.TrueAsync(() => gateway.State == RedisState.Ok, Soon, "Redis is up");
            return gateway;
        }

        public string NameOf(Digest digest) => $"{_prefix}:v1:CausalValidate:{digest}";

        public async ValueTask<StoredAnswer?> GetAsync(params Digest[] digests) =>
            (await Store.GetAsync(Row, digests, asker: null, Token))?.Answer;

        public async Task AssertRoundTripAsync(Digest digest)
        {
            await Eventually.TrueAsync(
                async () =>
                {
                    await Store.SetAsync(Row, digest, AnswerOf("1"), default, Token);
                    return await GetAsync(digest) is not null;
                },
                TimeSpan.FromSeconds(60),
                "an answer is stored and found");
        }

        public double Errors(params string[] reasons) =>
            (reasons is [] ? ["timeout", "unavailable", "refused", "garbage"] : reasons).Sum(
                reason => Metrics.CacheErrors.WithLabels("redis", reason).Value);

        public async ValueTask DisposeAsync()
        {
            await _watch.StopAsync(CancellationToken.None);
            _watch.Dispose();
            await Connection.DisposeAsync();
            _settings.Dispose();
        }
    }

    /// <summary>Budgets a hundred times as long, so that a busy machine makes no miss of what Redis answers.</summary>
    private sealed class PatientTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime * 100, period);
    }

    private sealed class Journal : ILogger<RedisHealth>
    {
        private readonly Lock _gate = new();
        private readonly List<string> _levels = [];

        public string[] Levels
        {
            get
            {
                lock (_gate) return [.. _levels];
            }
        }

        public int Count => Levels.Length;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (_gate) _levels.Add(logLevel.ToString());
        }
    }
}
