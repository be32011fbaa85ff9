using System.Net;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace IslGateway.FunctionalTests;

/// <summary>
/// A Redis that is not wholly ours: behind a proxy, without channels, with some commands only. The gateway starts and serves, says what is
/// missing, and heals.
/// </summary>
public sealed class RedisAccessTests
{
    private const string Stored = "IslGateway; fwd=miss; stored";
    private const string User = "user=gateway,password=pw";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("Twemproxy")]
    [InlineData("Envoyproxy")]
    public async Task Proxy_WithoutChannels_AnswersAndPurgesAreSharedAndItIsSaid(string proxy)
    {
        await using var stage = await Stage.StartAsync();
        await using var first = await stage.StartGatewayAsync($"proxy={proxy}");
        Assert.Equal(Stored, await AskAsync(first));
        await stage.HasAnswerAsync();
        await using var second = await stage.StartGatewayAsync($"proxy={proxy}");
        Assert.EndsWith("detail=redis", await AskAsync(second), StringComparison.Ordinal);

        using (await first.ManagementClient.DeleteAsync("/api/cache?all=true", TestContext.Current.CancellationToken))
            await Eventually.TrueAsync(async () => await AskAsync(second) == Stored, Soon, "the other gateway has heard of the purge");

        foreach (var gateway in (GatewayUnderTest[])[first, second])
        {
            await SaysAsync(gateway, "carries no messages between gateways");
            Assert.Contains("\"redis\":\"ok\"", await ReadyAsync(gateway), StringComparison.Ordinal);
            Assert.Contains("isl_gateway_redis_channels_up 0\n", await gateway.MetricsAsync(), StringComparison.Ordinal);
            await GoesOnAsync(gateway);
        }
    }

    [Theory]
    [InlineData("~* &* +@all -subscribe -psubscribe")]
    [InlineData("~* resetchannels +@all")]
    [InlineData("~* &* +@all -publish")]
    [InlineData("~* resetchannels +@all -unsubscribe -subscribe -publish -client -config -info -cluster")]
    public async Task User_WithoutChannels_IsServedAndSaidUntilItHasThem(string rights)
    {
        await using var stage = await Stage.StartAsync(rights);
        await using var first = await stage.StartGatewayAsync(User);
        Assert.Equal(Stored, await AskAsync(first));
        await stage.HasAnswerAsync();
        await using var second = await stage.StartGatewayAsync(User);
        Assert.EndsWith("detail=redis", await AskAsync(second), StringComparison.Ordinal);
        await SaysAsync(second, "carries no messages between gateways");
        await GoesOnAsync(second);

        await stage.GrantAsync("~* &* +@all");

        await SaysNothingAsync(second);
        Assert.Contains("isl_gateway_redis_channels_up 1\n", await second.MetricsAsync(), StringComparison.Ordinal);
        await Eventually.TrueAsync(async () => await stage.SubscribersAsync(second) == 2, Soon, "both gateways hear what is said");
    }

    /// <summary>Rights that are taken away while the gateway is subscribed.</summary>
    [Fact]
    public async Task User_LosesChannels_IsSaid()
    {
        await using var stage = await Stage.StartAsync("~* &* +@all");
        await using var gateway = await stage.StartGatewayAsync(User);
        await gateway.RedisIsUpAsync();
        await Eventually.TrueAsync(
            async () => (await gateway.MetricsAsync()).Contains("isl_gateway_redis_channels_up 1\n", StringComparison.Ordinal), Soon,
            "channels are up");

        await stage.GrantAsync("resetchannels");

        await SaysAsync(gateway, "carries no messages between gateways");
        Assert.Equal(Stored, await AskAsync(gateway));
        await GoesOnAsync(gateway);
    }

    [Theory]
    [InlineData("-eval -evalsha", "eval, evalsha")]
    [InlineData("-info", "info")]
    [InlineData("-time", "time")]
    [InlineData("-hgetall -zadd", "hgetall, zadd")]
    [InlineData("-@all +get +set +ping +echo", "eval")]
    public async Task User_WithoutSomeCommands_IsServedAndSaidUntilItHasThem(string rights, string missing)
    {
        await using var stage = await Stage.StartAsync("~* &* +@all " + rights);
        await using var gateway = await stage.StartGatewayAsync(User);
        Assert.StartsWith("IslGateway; fwd=miss", await AskAsync(gateway), StringComparison.Ordinal);
        Assert.EndsWith("detail=memory", await AskAsync(gateway), StringComparison.Ordinal);
        await SaysAsync(gateway, missing);
        await SaysAsync(gateway, "\"redis\":\"refusing\"");
        await GoesOnAsync(gateway);

        await stage.GrantAsync("+@all");

        await gateway.RedisIsUpAsync();
        await SaysNothingAsync(gateway);
    }

    /// <summary>Leases and the tokens that every key contains are read by scripts: without them each gateway is by itself.</summary>
    [Fact]
    public async Task User_WithoutScripts_TakesNoLeasesAndEachGatewayIsByItself()
    {
        await using var stage = await Stage.StartAsync("~* &* +@all -eval -evalsha");
        await using var first = await stage.StartGatewayAsync(User);
        await using var second = await stage.StartGatewayAsync(User);
        foreach (var gateway in (GatewayUnderTest[])[first, second]) await SaysAsync(gateway, "eval");
        Assert.Equal(Stored, await AskAsync(first));

        Assert.Equal(Stored, await AskAsync(second));
        foreach (var gateway in (GatewayUnderTest[])[first, second])
            Assert.EndsWith("detail=memory", await AskAsync(gateway), StringComparison.Ordinal);
        Assert.Contains("isl_gateway_fill_leases_total{outcome=\"without\"} 1\n", await first.MetricsAsync(), StringComparison.Ordinal);
    }

    /// <summary>No exception has left a background service: that would end the gateway.</summary>
    private static async Task GoesOnAsync(GatewayUnderTest gateway)
    {
        Assert.False(gateway.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        using var answer = await gateway.Client.PostAsync(Isl.Teach, "{}");
        Assert.NotEqual(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.All(
            gateway.Services.GetServices<IHostedService>().OfType<BackgroundService>(),
            service => Assert.False(service.ExecuteTask?.IsFaulted ?? false, $"{service} has failed"));
    }

    private static Task SaysAsync(GatewayUnderTest gateway, string what) => Eventually.TrueAsync(
        async () => await ReadyAsync(gateway) is var ready && ready.Contains(what, StringComparison.Ordinal)
            && ready.Contains("degraded", StringComparison.Ordinal),
        Soon, $"readiness says: {what}");

    private static Task SaysNothingAsync(GatewayUnderTest gateway) => Eventually.TrueAsync(
        async () => await ReadyAsync(gateway) is var ready && !ready.Contains("warning", StringComparison.Ordinal)
            && ready.Contains("\"redis\":\"ok\"", StringComparison.Ordinal),
        Soon, "readiness has nothing to say any more");

    private static Task<string> ReadyAsync(GatewayUnderTest gateway) =>
        gateway.ManagementClient.GetStringAsync("/health/ready", TestContext.Current.CancellationToken);

    private static async Task<string> AskAsync(GatewayUnderTest gateway)
    {
        using var answer = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        return answer.CacheStatus();
    }

    /// <summary>A simulated ISL and a real Redis with a user whose rights are given.</summary>
    private sealed class Stage(SimulatorHost isl, RedisProcess redis) : IAsyncDisposable
    {
        public static async Task<Stage> StartAsync(string? rights = null)
        {
            RedisProcess.RequireOrSkip();
            var stage = new Stage(await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 }), await RedisProcess.StartAsync());
            if (rights is not null) await stage.GrantAsync($"on >pw {rights}");
            return stage;
        }

        public async Task GrantAsync(string rights) =>
            Assert.Equal("+OK", await RawRedis.SendAsync(redis.Port, ["ACL", "SETUSER", "gateway", .. rights.Split(' ')]));

        public Task<GatewayUnderTest> StartGatewayAsync(string options) =>
            GatewayUnderTest.StartAsync(isl.BaseAddress, $"ConnectionStrings:Redis={redis.ConnectionString},{options}");

        public Task HasAnswerAsync() => Eventually.TrueAsync(
            async () =>
                await RawRedis.SendAsync(redis.Port, "EVAL", "return #redis.call('KEYS', 'islgw:v1:CausalValidate:*')", "0") == ":1",
            Soon, "the answer is in Redis");

        /// <summary>How many hear a gateway's news.</summary>
        public async Task<int> SubscribersAsync(GatewayUnderTest gateway)
        {
            var reply = await RawRedis.SendAsync(
                redis.Port, "PUBLISH", gateway.Services.GetRequiredService<RedisNames>().News.ToString(), "");
            return int.Parse(reply![1..], System.Globalization.CultureInfo.InvariantCulture);
        }

        public async ValueTask DisposeAsync()
        {
            await isl.DisposeAsync();
            await redis.DisposeAsync();
        }
    }
}
