using IslGateway.FunctionalTests.Infrastructure;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests;

public sealed class RedisLadderTests(RedisFixture redis, ITestOutputHelper output)
{
    private const int MaxFileName = 200;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    // `dotnet test` swallows what a passing run writes, but lists attachments: the file's name is how the run says which Redis it had.
    [Fact]
    public void Run_ChoosesARedis_AndSaysWhichAndWhy()
    {
        output.WriteLine(redis.Choice);
        TestContext.Current.AddAttachment(redis.Choice[..Math.Min(redis.Choice.Length, MaxFileName)], redis.Choice);

        Assert.True(Enum.IsDefined(redis.Kind));
        Assert.Contains("Redis for this run: ", redis.Choice, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ChosenServer_SetGetExpire_RoundTrips()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var database = connection.GetDatabase();
        RedisKey key = redis.NewPrefix() + ":entry";
        byte[] value = [0, 255, 13, 10, 0];

        await database.StringSetAsync(key, value, TimeSpan.FromMilliseconds(300));

        Assert.Equal(value, (byte[]?)await database.StringGetAsync(key));
        await Eventually.TrueAsync(async () => !await database.KeyExistsAsync(key), Soon, "the key expired");
    }

    [Fact]
    public async Task ChosenServer_Script_Runs()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        RedisKey key = redis.NewPrefix() + ":counter";

        var result = await connection.GetDatabase().ScriptEvaluateAsync("return redis.call('incrby', KEYS[1], ARGV[1])", [key], [41]);

        Assert.Equal(41, (int)result);
    }

    [Fact]
    public async Task ChosenServer_Publish_ReachesSubscriber()
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(redis.ConnectionString);
        var subscriber = connection.GetSubscriber();
        var channel = RedisChannel.Literal(redis.NewPrefix() + ":purge");
        var received = new TaskCompletionSource<string?>(TaskCreationOptions.RunContinuationsAsynchronously);
        await subscriber.SubscribeAsync(channel, (_, message) => received.TrySetResult(message));

        await subscriber.PublishAsync(channel, "now");

        Assert.Equal("now", await received.Task.WaitAsync(Soon, TimeProvider.System, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void NewPrefix_AskedTwice_Differs() => Assert.NotEqual(redis.NewPrefix(), redis.NewPrefix());

    [Fact]
    public async Task RedisProcess_KilledAndRestarted_AnswersOnTheSamePortWithEmptyMemory()
    {
        RedisProcess.RequireOrSkip();
        await using var server = await RedisProcess.StartAsync();
        var port = server.Port;
        Assert.Equal("+OK", await RawRedis.SendAsync(port, "SET", "key", "value"));

        await server.KillAsync();
        Assert.False(await RawRedis.AnswersAsync(port));

        await server.RestartAsync();
        Assert.Equal(port, server.Port);
        Assert.Equal("$-1", await RawRedis.SendAsync(port, "GET", "key"));
    }

    [Fact]
    public async Task RedisProcess_AppendOnly_KeepsItsDataThroughAKill()
    {
        RedisProcess.RequireOrSkip();
        await using var server = await RedisProcess.StartAsync("--appendonly", "yes", "--appendfsync", "always");
        Assert.Equal("+OK", await RawRedis.SendAsync(server.Port, "SET", "key", "value"));

        await server.RestartAsync();

        Assert.Equal("$5", await RawRedis.SendAsync(server.Port, "GET", "key"));
    }

    [Fact]
    public async Task RedisProcess_Frozen_IsSilentUntilThawed()
    {
        RedisProcess.RequireOrSkip();
        await using var server = await RedisProcess.StartAsync();

        server.Freeze();
        Assert.False(await RawRedis.AnswersAsync(server.Port));

        server.Thaw();
        await RawRedis.RepliesAsync(server.Port, "+PONG", "PING");
    }

    [Fact]
    public async Task RedisProcess_ConfigSet_TakesEffect()
    {
        RedisProcess.RequireOrSkip();
        await using var server = await RedisProcess.StartAsync();

        await server.ConfigSetAsync("maxmemory", "1");

        Assert.StartsWith("-OOM", await RawRedis.SendAsync(server.Port, "SET", "key", "value"), StringComparison.Ordinal);
        await Assert.ThrowsAsync<InvalidOperationException>(() => server.ConfigSetAsync("no-such-setting", "1"));
    }
}
