using System.Globalization;
using System.Text.RegularExpressions;
using IslGateway.Caching.Tiers;
using IslGateway.FunctionalTests.Infrastructure;
using IslGateway.Redis;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests;

/// <summary>
/// Clocks that are wrong, or set while a gateway runs: neither what is served nor how often ISL is asked depends on them. How old a shared
/// answer is says Redis alone, by what is left of its life, and how old one in memory is says time that only goes forward.
/// </summary>
public sealed partial class ClockTests(RedisFixture redis)
{
    private const int Questions = 10;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(600)]
    [InlineData(-600)]
    [InlineData(14)]
    [InlineData(-14)]
    public async Task TwoGateways_OneClockWrong_EachQuestionIsAskedOnce(int ahead)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = Shared("Endpoints:CausalValidate:Ttl=60s", "Cache:Jitter=0");
        await using var right = await UpAsync(isl, TimeSpan.Zero, settings);
        await using var wrong = await UpAsync(isl, TimeSpan.FromSeconds(ahead), settings);

        for (var i = 0; i < Questions; i++)
        {
            var (first, second) = i % 2 == 0 ? (right, wrong) : (wrong, right);
            Assert.Equal("IslGateway; fwd=miss; stored", await StatusAsync(first, i));
            await Eventually.TrueAsync(async () => await EntryOfAsync(first, i) is not null, Soon, $"answer {i} is in Redis");
            Assert.Matches("^IslGateway; hit; ttl=[0-9]+; detail=redis$", await StatusAsync(second, i));
            Assert.Matches("^IslGateway; hit; ttl=[0-9]+; detail=memory$", await StatusAsync(second, i));
            Assert.Matches("^IslGateway; hit; ttl=[0-9]+; detail=memory$", await StatusAsync(first, i));
        }

        Assert.Equal(Questions, isl.State.Calls(Isl.Validate));
    }

    [Fact]
    public async Task SharedAnswer_OldByRedis_IsOldWhateverTheClockSays()
    {
        // Both clocks are so that by them the answer is younger than it is: it was stored 10 s ago, by a reader that is 14 s behind.
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = Shared("Endpoints:CausalValidate:Ttl=6s", "Cache:Jitter=0");
        await using var writer = await UpAsync(isl, TimeSpan.FromSeconds(-10), settings);
        await using var reader = await UpAsync(isl, TimeSpan.FromSeconds(-14), settings);
        Assert.Equal("IslGateway; fwd=miss; stored", await StatusAsync(writer, 1));
        await AgeAsync(writer, 1, TimeSpan.FromSeconds(10));

        Assert.Equal("IslGateway; fwd=miss; stored", await StatusAsync(reader, 1));
    }

    [Fact]
    public async Task SharedAnswer_AgesAndIsFreshByRedis()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = Shared("Endpoints:CausalValidate:Ttl=1h", "Cache:Jitter=0");
        await using var writer = await UpAsync(isl, TimeSpan.Zero, settings);
        await using var reader = await UpAsync(isl, TimeSpan.FromHours(5), settings);
        Assert.Equal("IslGateway; fwd=miss; stored", await StatusAsync(writer, 1));
        await AgeAsync(writer, 1, TimeSpan.FromMinutes(30));

        using var hit = await AskAsync(reader, 1);

        Assert.Matches("^IslGateway; hit; ttl=1[67][0-9][0-9]; detail=redis$", hit.CacheStatus());
        Assert.InRange(hit.Headers.Age!.Value, TimeSpan.FromSeconds(1_800), TimeSpan.FromSeconds(1_900));
        Assert.Matches("^IslGateway; hit; ttl=1[67][0-9][0-9]; detail=memory$", await StatusAsync(reader, 1));
    }

    [Theory]
    [InlineData(-600)]
    [InlineData(600)]
    [InlineData(-36_000)]
    public async Task Clock_IsSet_EmptiesNothing(int step)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = Shared("Endpoints:CausalValidate:Ttl=60s", "Cache:Jitter=0");
        await using var gateway = await UpAsync(isl, TimeSpan.Zero, settings);
        for (var i = 0; i < Questions; i++)
        {
            Assert.Equal("IslGateway; fwd=miss; stored", await StatusAsync(gateway, i));
            await Eventually.TrueAsync(async () => await EntryOfAsync(gateway, i) is not null, Soon, $"answer {i} is in Redis");
        }

        gateway.Time.SetClock(TimeSpan.FromSeconds(step));

        for (var i = 0; i < Questions; i++) Assert.Matches("^IslGateway; hit; ttl=[0-9]+; detail=memory$", await StatusAsync(gateway, i));
        var memory = gateway.Services.GetRequiredService<MemoryStore>();
        memory.RemoveUpTo(memory.LastKept, row: null);
        for (var i = 0; i < Questions; i++) Assert.Matches("^IslGateway; hit; ttl=[0-9]+; detail=redis$", await StatusAsync(gateway, i));
        Assert.Equal(Questions, isl.State.Calls(Isl.Validate));
    }

    [Theory]
    [InlineData(600)]
    [InlineData(-14)]
    public async Task Skew_IsMeasuredAndToldOnce(int seconds)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await UpAsync(isl, TimeSpan.Zero, Shared("Logging:LogLevel:IslGateway.Redis=Information"));
        using var logs = RecordedLogs.Of(gateway);
        await SkewBecomesAsync(gateway, 0);

        gateway.Time.SetClock(TimeSpan.FromSeconds(seconds));
        await SkewBecomesAsync(gateway, seconds);
        gateway.Time.SetClock(TimeSpan.FromSeconds(seconds + 20));
        await SkewBecomesAsync(gateway, seconds + 20);
        gateway.Time.SetClock(TimeSpan.Zero);
        await SkewBecomesAsync(gateway, 0);

        await Eventually.TrueAsync(() => Told(logs).Length == 2, Soon, "that it is right again is told");
        Assert.Equal(["Warning", "Information"], Told(logs));
    }

    [Theory]
    [InlineData("Endpoints:CausalValidate:Ttl=20s")]
    [InlineData("Cache:DefaultTtl=20s")]
    public async Task ShorterLifetime_ReachesWhatIsInRedis(string shorter)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = Shared("Cache:Jitter=0");
        await using var before = await UpAsync(isl, TimeSpan.Zero, settings);
        await using var after = await UpAsync(isl, TimeSpan.Zero, [.. settings, shorter]);
        Assert.Equal("IslGateway; fwd=miss; stored", await StatusAsync(before, 1));
        Assert.Equal("IslGateway; fwd=miss; stored", await StatusAsync(before, 2));
        await AgeAsync(before, 1, TimeSpan.FromSeconds(30));
        await AgeAsync(before, 2, TimeSpan.FromSeconds(5));

        Assert.Equal("IslGateway; fwd=miss; stored", await StatusAsync(after, 1));
        Assert.Matches("^IslGateway; hit; ttl=1?[0-9]; detail=redis$", await StatusAsync(after, 2));
    }

    [Fact]
    public async Task LongerLifetime_DoesNotReachWhatIsInRedis()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        string[] settings = Shared("Cache:Jitter=0");
        await using var before = await UpAsync(isl, TimeSpan.Zero, [.. settings, "Endpoints:CausalValidate:Ttl=20s"]);
        await using var after = await UpAsync(isl, TimeSpan.Zero, settings);
        Assert.Equal("IslGateway; fwd=miss; stored", await StatusAsync(before, 1));
        await AgeAsync(before, 1, TimeSpan.FromSeconds(30));

        Assert.Equal("IslGateway; fwd=miss; stored", await StatusAsync(after, 1));
    }

    [Theory]
    [InlineData("must-revalidate", "")]
    [InlineData("stale-if-error=10", "")]
    [InlineData("public", "Endpoints:CausalValidate:StaleTtl=10s")]
    [InlineData("public", "Cache:StaleTtl=10s")]
    public async Task SharedAnswer_PastWhatMayStandIn_DoesNot(string cacheControl, string setting)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        isl.State.Update(knobs => knobs with { ResponseHeaders = new Dictionary<string, string> { ["Cache-Control"] = cacheControl } });
        string[] settings = Shared("Cache:Jitter=0", "Endpoints:CausalValidate:Ttl=20s");
        await using var before = await UpAsync(isl, TimeSpan.Zero, settings);
        await using var after = await UpAsync(isl, TimeSpan.Zero, setting.Length == 0 ? settings : [.. settings, setting]);
        Assert.Equal("IslGateway; fwd=miss; stored", await StatusAsync(before, 1));
        Assert.Equal("IslGateway; fwd=miss; stored", await StatusAsync(before, 2));
        await AgeAsync(before, 1, TimeSpan.FromSeconds(40));
        if (cacheControl != "must-revalidate") await AgeAsync(before, 2, TimeSpan.FromSeconds(25));
        isl.State.Fail(500);

        using var past = await AskAsync(after, 1);
        Assert.Equal(500, (int)past.StatusCode);
        using var within = await AskAsync(after, 2);
        Assert.Equal(200, (int)within.StatusCode);
    }

    private static Task SkewBecomesAsync(GatewayUnderTest gateway, double seconds) => Eventually.TrueAsync(
        async () => Skew().Match(await gateway.MetricsAsync()) is { Success: true, Groups: [_, var skew] }
            && Math.Abs(double.Parse(skew.ValueSpan, CultureInfo.InvariantCulture) - seconds) < 0.4,
        Soon, $"the skew is {seconds} s");

    [GeneratedRegex("^isl_gateway_clock_skew_seconds ([-+0-9.eE]+)", RegexOptions.Multiline)]
    private static partial Regex Skew();

    /// <summary>The levels of what was said of the clock.</summary>
    private static string[] Told(RecordedLogs logs) =>
        [.. logs.Lines.Where(line => line.Contains(nameof(RedisClock), StringComparison.Ordinal)).Select(line => line.Split(' ')[0])];

    private string[] Shared(params string[] more) =>
        [$"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}", .. more];

    private static async Task<GatewayUnderTest> UpAsync(SimulatorHost isl, TimeSpan ahead, string[] settings)
    {
        var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, settings);
        gateway.Time.SetClock(ahead);
        await gateway.RedisIsUpAsync();
        return gateway;
    }

    private static string Body(int question) => Isl.ValidateBody.Replace("Price", $"Price{question}", StringComparison.Ordinal);

    private static Task<HttpResponseMessage> AskAsync(GatewayUnderTest gateway, int question, params string[] headers) =>
        gateway.Client.PostAsync(Isl.Validate, Body(question), headers);

    private static async Task<string> StatusAsync(GatewayUnderTest gateway, int question)
    {
        using var response = await AskAsync(gateway, question);
        return response.CacheStatus();
    }

    /// <summary>Lets an answer in Redis grow older there, and in no gateway's memory.</summary>
    private static async Task AgeAsync(GatewayUnderTest gateway, int question, TimeSpan by)
    {
        RedisKey? name = null;
        await Eventually.TrueAsync(
            async () => (name = await EntryOfAsync(gateway, question)) is not null, Soon, $"answer {question} is in Redis");
        var left = await gateway.Redis.KeyTimeToLiveAsync(name!.Value);
        if (left > by) await gateway.Redis.KeyExpireAsync(name.Value, left - by);
        else await gateway.Redis.KeyDeleteAsync(name.Value);
    }

    /// <summary>The name of the entry whose body names the question's variable.</summary>
    private static async Task<RedisKey?> EntryOfAsync(GatewayUnderTest gateway, int question)
    {
        var prefix = gateway.Services.GetRequiredService<Settings.SettingsMonitor>().Current.Cache.Prefix;
        foreach (var server in gateway.Redis.Multiplexer.GetServers().Where(server => server is { IsConnected: true, IsReplica: false }))
        {
            await foreach (var name in server.KeysAsync(pattern: $"{prefix}:*:CausalValidate:*"))
            {
                byte[]? value = await gateway.Redis.StringGetAsync(name);
                if (value is not null && value.AsSpan().IndexOf(System.Text.Encoding.UTF8.GetBytes($"Price{question}")) >= 0) return name;
            }
        }

        return null;
    }
}
