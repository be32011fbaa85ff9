using System.Diagnostics;
using IslGateway.FunctionalTests.Infrastructure;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests.RedisFaults;

/// <summary>A gateway in a process of its own before a known ISL, another gateway that fills the same Redis, and a way to break that Redis.</summary>
internal sealed class FaultRig : IAsyncDisposable
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Before = TimeSpan.FromMilliseconds(800);

    /// <summary>What the beginning of a load costs is its own: connections, code met for the first time.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan RecoveryLimit = TimeSpan.FromSeconds(10);

    private readonly KnownIsl _isl;
    private readonly RedisProcess _redis;
    private readonly CuttableProxy _link;
    private readonly GatewayProcess _gateway;
    private readonly GatewayProcess _filler;
    private bool _ownsRedis;

    private FaultRig(KnownIsl isl, RedisProcess redis, CuttableProxy link, GatewayProcess gateway, GatewayProcess filler) =>
        (_isl, _redis, _link, _gateway, _filler) = (isl, redis, link, gateway, filler);

    /// <summary>The server.</summary>
    public RedisProcess Redis => _redis;

    /// <summary>What stands before it where the rig has been started so; else it passes nothing.</summary>
    public CuttableProxy Link => _link;

    public GatewayProcess Gateway => _gateway;

    /// <summary>A rig with a server of its own.</summary>
    /// <param name="throughLink">Whether the gateway reaches it by the <see cref="Link"/>.</param>
    public static async Task<FaultRig> StartAsync(bool throughLink)
    {
        var rig = await StartAsync(await RedisProcess.StartAsync(), throughLink ? port => $"127.0.0.1:{port}" : null);
        rig._ownsRedis = true;
        return rig;
    }

    public static async Task<FaultRig> StartAsync(RedisProcess redis, Func<int, string>? connectionString = null)
    {
        var isl = await KnownIsl.StartAsync();
        var link = new CuttableProxy(redis.Port);
        var gateway = Start(isl, connectionString?.Invoke(link.Port) ?? redis.ConnectionString);
        var filler = Start(isl, connectionString?.Invoke(redis.Port) ?? redis.ConnectionString);
        var rig = new FaultRig(isl, redis, link, gateway, filler);
        await gateway.BannerAsync();
        await filler.BannerAsync();
        return rig;
    }

    /// <summary>Waits until both gateways say that Redis is well.</summary>
    public async Task IsWellAsync()
    {
        foreach (var gateway in (GatewayProcess[])[_gateway, _filler])
        {
            using var client = new HttpClient { BaseAddress = gateway.Management };
            await Eventually.TrueAsync(
                async () => (await client.GetStringAsync("/health/ready", TestContext.Current.CancellationToken)).Contains("\"redis\":\"ok\"", StringComparison.Ordinal),
                Soon, "readiness says that Redis is well");
        }
    }

    /// <summary>One word of <c>/health/ready</c>.</summary>
    public async Task<string> ReadinessAsync()
    {
        using var client = new HttpClient { BaseAddress = _gateway.Management };
        return await client.GetStringAsync("/health/ready", TestContext.Current.CancellationToken);
    }

    /// <summary>The sum of <c>isl_gateway_cache_errors_total</c> for a reason.</summary>
    public async Task<double> ErrorsAsync(string reason)
    {
        using var client = new HttpClient { BaseAddress = _gateway.Management };
        return Exposition.Parse(await client.GetStringAsync("/metrics", TestContext.Current.CancellationToken))
            .Sum("isl_gateway_cache_errors_total", "tier=\"redis\"", $"reason=\"{reason}\"");
    }

    /// <summary>Breaks Redis under load, mends it, and goes on until Redis serves again.</summary>
    /// <param name="name">Of the fault.</param>
    /// <param name="fault">Makes it and keeps it up; its end is the fault's end.</param>
    public async Task<FaultFigures> RunAsync(string name, Func<Task> fault)
    {
        await using var load = new MixedLoad(_gateway.Address, _filler.Address);
        var startedAt = Stopwatch.GetTimestamp();
        await PassAsync(Settling);
        await Eventually.TrueAsync(
            () => load.HasEnded || (load.Answers.Any(answer => answer.IsFromRedis) && load.Answers.Any(answer => answer is { Kind: AskKind.Session, IsHit: true })),
            Soon, "the load has hits of every kind");
        await PassAsync(Before);
        return await RunAsync(name, load, fault, startedAt);
    }

    /// <summary>The same for a load that runs already, and a fault that is there already.</summary>
    public async Task<FaultFigures> RunAsync(string name, MixedLoad load, Func<Task> fault, long? startedAt = null)
    {
        var lines = LogLines();
        var begunAt = Stopwatch.GetTimestamp();
        await fault();
        var endedAt = Stopwatch.GetTimestamp();
        await Eventually.TrueAsync(
            () => load.HasEnded || Stopwatch.GetElapsedTime(endedAt) > RecoveryLimit || new FaultFigures(name, load.Answers, begunAt, endedAt) is { RedisAgain: < 100, SessionsAgain: < 100 },
            RecoveryLimit * 2, "answers come from Redis again");
        await load.DisposeAsync();

        var settledAt = startedAt is { } at ? at + (long)(Settling.TotalSeconds * Stopwatch.Frequency) : 0;
        return new FaultFigures(name, [.. load.Answers.Where(answer => answer.BegunAt >= settledAt || answer.Wrong is not null)], begunAt, endedAt)
        {
            LogLines = LogLines() - lines,
        };
    }

    public MixedLoad Load() => new(_gateway.Address, _filler.Address);

    /// <summary>Lets a fault last. The load goes on meanwhile.</summary>
    public static Task PassAsync(TimeSpan duration) => Task.Delay(duration, TimeProvider.System, TestContext.Current.CancellationToken);

    /// <summary>A connection for whatever the test does to Redis besides.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync() => ConnectionMultiplexer.ConnectAsync($"{_redis.ConnectionString},allowAdmin=true");

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _filler.DisposeAsync();
        await _link.DisposeAsync();
        await _isl.DisposeAsync();
        if (_ownsRedis) await _redis.DisposeAsync();
    }

    private int LogLines() => _gateway.Output.Split('\n').Count(line =>
        line.StartsWith("info: ", StringComparison.Ordinal) || line.StartsWith("warn: ", StringComparison.Ordinal)
        || line.StartsWith("fail: ", StringComparison.Ordinal) || line.StartsWith("crit: ", StringComparison.Ordinal));

    private static GatewayProcess Start(KnownIsl isl, string redis) => GatewayProcess.Start(
    [
        "--environment=Production", $"--Isl:BaseUrl={isl.Address}", $"--ConnectionStrings:Redis={redis}", "--Isl:HealthInterval=200ms",
        "--Logging:LogLevel:Default=Warning", "--Logging:LogLevel:IslGateway.Caching=Information",
    ]);
}
