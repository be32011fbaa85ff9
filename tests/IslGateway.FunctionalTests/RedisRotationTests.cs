using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>The connection follows <c>ConnectionStrings:Redis</c> while the gateway runs: a new password, another server.</summary>
public sealed class RedisRotationTests
{
    private const string Setting = "ConnectionStrings:Redis";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    /// <summary>The server has the new password first, and cuts everybody off.</summary>
    [Fact]
    public async Task Password_ChangedAtTheServerAndThenHere_RedisIsUsedAgain()
    {
        await using var stage = await Stage.StartAsync();
        await stage.SetPasswordAsync("new", "old");
        await Eventually.TrueAsync(() => stage.State != RedisState.Ok, Soon, "the loss of Redis is noticed");
        await stage.AnswersAsync();

        stage.Gateway.Reload(Setting, $"{stage.Redis.ConnectionString},password=new");

        await stage.SharesAsync("new");
        await stage.Gateway.RedisIsUpAsync();
    }

    /// <summary>The gateway has it first: what works is used as long as it does.</summary>
    [Fact]
    public async Task Password_ChangedHereAndThenAtTheServer_RedisIsUsedAllTheWhile()
    {
        await using var stage = await Stage.StartAsync();
        var health = stage.Gateway.Services.GetRequiredService<RedisHealth>();
        stage.Gateway.Reload(Setting, $"{stage.Redis.ConnectionString},password=new");
        await Eventually.TrueAsync(
            async () => (await stage.ReadyAsync()).Contains("the one before it is still used", StringComparison.Ordinal), Soon,
            "that is said");
        Assert.Equal(RedisState.Ok, stage.State);
        await stage.SharesAsync("old");

        await stage.SetPasswordAsync("new", "old");

        await Eventually.TrueAsync(() => !health.IsOutdated && stage.State == RedisState.Ok, Soon, "the new password is used");
        await stage.SharesAsync("new");
        await Eventually.TrueAsync(
            async () => !(await stage.ReadyAsync()).Contains("warning", StringComparison.Ordinal), Soon,
            "there is nothing to say any more");
    }

    [Fact]
    public async Task Server_Changed_TheOtherOneIsUsedAndHeard()
    {
        await using var stage = await Stage.StartAsync();
        await stage.SharesAsync("old");
        await using var other = await RedisProcess.StartAsync();

        stage.Gateway.Reload(Setting, other.ConnectionString);

        var connection = stage.Gateway.Services.GetRequiredService<RedisConnection>();
        await Eventually.TrueAsync(
            async () => connection.Multiplexer!.GetEndPoints()[0].ToString()!.EndsWith($":{other.Port}", StringComparison.Ordinal)
                && await RawRedis.SendAsync(other.Port, "EVAL", "return #redis.call('KEYS', '*:v1:gateways:*')", "0") == ":1",
            Soon, "the gateway is at the other server");
        await stage.Gateway.RedisIsUpAsync();
        var news = stage.Gateway.Services.GetRequiredService<RedisNames>().News.ToString();
        await Eventually.TrueAsync(
            async () => await RawRedis.SendAsync(other.Port, "PUBLISH", news, "") == ":1", Soon, "the gateway listens there");
        await stage.Redis.KillAsync();
        Assert.Contains("\"redis\":\"ok\"", await stage.ReadyAsync(), StringComparison.Ordinal);
        Assert.Equal(
            "IslGateway; fwd=miss; stored",
            await stage.AskAsync("""{"dag":{"nodes":["A","B"],"edges":[["A","B"]]},"treatment":"A","outcome":"B"}"""));
        await Eventually.TrueAsync(
            async () =>
                await RawRedis.SendAsync(other.Port, "EVAL", "return #redis.call('KEYS', 'islgw:v1:CausalValidate:*')", "0") == ":1",
            Soon, "answers are stored there");
    }

    [Theory]
    [InlineData("redis://host:6379")]
    [InlineData("127.0.0.1:6379,colour=red")]
    public async Task ConnectionString_ThatCannotBeRead_IsRefusedAndTheOldOneStays(string text)
    {
        await using var stage = await Stage.StartAsync();
        stage.Gateway.Reload(Setting, text);

        Assert.Contains("isl_gateway_config_last_reload_successful 0\n", await stage.Gateway.MetricsAsync(), StringComparison.Ordinal);
        await stage.SharesAsync("old");
    }

    /// <summary>A secret file that is away for a moment while it is replaced.</summary>
    [Fact]
    public async Task ConnectionString_Removed_TheOldOneStays()
    {
        await using var stage = await Stage.StartAsync();
        stage.Gateway.Reload(Setting, "");
        await stage.SharesAsync("old");
    }

    private sealed class Stage(SimulatorHost isl, RedisProcess redis, GatewayUnderTest gateway) : IAsyncDisposable
    {
        private int _bodies;

        public RedisProcess Redis => redis;

        public GatewayUnderTest Gateway => gateway;

        public RedisState State => gateway.Services.GetRequiredService<RedisHealth>().State;

        public static async Task<Stage> StartAsync()
        {
            RedisProcess.RequireOrSkip();
            var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
            var redis = await RedisProcess.StartAsync("--requirepass", "old");
            var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, $"{Setting}={redis.ConnectionString},password=old");
            await gateway.RedisIsUpAsync();
            return new Stage(isl, redis, gateway);
        }

        public async Task SetPasswordAsync(string password, string former)
        {
            await using var admin = await PatientRedis.ConnectAsync($"{redis.ConnectionString},password={former},allowAdmin=true");
            await admin.GetDatabase().ExecuteAsync("CONFIG", "SET", "requirepass", password);
            await admin.GetDatabase().ExecuteAsync("CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes");
        }

        public Task<string> ReadyAsync() => gateway.ManagementClient.GetStringAsync("/health/ready", TestContext.Current.CancellationToken);

        public async Task<string> AskAsync(string body)
        {
            using var answer = await gateway.Client.PostAsync(Isl.Validate, body);
            Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
            return answer.CacheStatus();
        }

        public async Task AnswersAsync() => Assert.Contains("; stored", await AskAsync(NewBody()), StringComparison.Ordinal);

        /// <summary>Waits until an answer goes to Redis and another gateway, which knows the password, has it from there.</summary>
        public async Task SharesAsync(string password)
        {
            await using var reader = await GatewayUnderTest.StartAsync(
                isl.BaseAddress, $"{Setting}={redis.ConnectionString},password={password}");
            await reader.RedisIsUpAsync();
            await Eventually.TrueAsync(
                async () =>
                {
                    var body = NewBody();
                    await AskAsync(body);
                    for (var looks = 0; looks < 50; looks++)
                    {
                        // An answer goes to Redis once it is confirmed; a reader that filled it itself would never find it there.
                        using var found = await reader.Client.PostAsync(Isl.Validate, body, "Cache-Control: only-if-cached");
                        if (found.CacheStatus().EndsWith("detail=redis", StringComparison.Ordinal)) return true;
                        await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, TestContext.Current.CancellationToken);
                    }

                    return false;
                },
                Soon, "answers are shared through Redis");
        }

        public async ValueTask DisposeAsync()
        {
            await gateway.DisposeAsync();
            await redis.DisposeAsync();
            await isl.DisposeAsync();
        }

        private string NewBody() =>
            $$"""{"dag":{"nodes":["A","B{{_bodies++}}"],"edges":[["A","B{{_bodies - 1}}"]]},"treatment":"A","outcome":"B{{_bodies - 1}}"}""";
    }
}
