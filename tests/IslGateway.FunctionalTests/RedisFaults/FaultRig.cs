using System.Diagnostics;
using IslGateway.FunctionalTests.Infrastructure;
using StackExchange.Redis;

namespace IslGateway.FunctionalTests.RedisFaults;

/// <summary>
/// A gateway in a process of its own before a known ISL, another gateway that fills the same Redis, and a way to break that Redis.
/// </summary>
internal sealed class FaultRig : IAsyncDisposable
{
    /// <summary>How many times the shipped budgets those of gateways are that are not measured: the machine may be busy.</summary>
    public const int Patience = 5;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(120);
    private static readonly TimeSpan Before = TimeSpan.FromMilliseconds(800);

    /// <summary>What the beginning of a load costs is its own: connections, code met for the first time.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromMilliseconds(700);

    private readonly KnownIsl _isl;
    private readonly RedisProcess _redis;
    private readonly CuttableProxy _link;
    private readonly GatewayProcess _gateway;
    private readonly GatewayProcess _filler;
    private readonly GatewayProcess? _control;
    private bool _ownsRedis;

    private FaultRig(
        KnownIsl isl, RedisProcess redis, CuttableProxy link, GatewayProcess gateway, GatewayProcess filler, GatewayProcess? control) =>
        (_isl, _redis, _link, _gateway, _filler, _control) = (isl, redis, link, gateway, filler, control);

    /// <summary>The server.</summary>
    public RedisProcess Redis => _redis;

    /// <summary>What stands before it where the rig has been started so; else it passes nothing.</summary>
    public CuttableProxy Link => _link;

    public GatewayProcess Gateway => _gateway;

    /// <summary>A rig with a server of its own.</summary>
    /// <param name="throughLink">Whether the gateway reaches it by the <see cref="Link"/>.</param>
    /// <param name="isMeasured">Whether a gateway without Redis is asked beside it.</param>
    public static async Task<FaultRig> StartAsync(bool throughLink, bool isMeasured)
    {
        var rig = await StartAsync(await RedisProcess.StartAsync(), isMeasured, throughLink ? port => $"127.0.0.1:{port}" : null);
        rig._ownsRedis = true;
        return rig;
    }

    public static async Task<FaultRig> StartAsync(RedisProcess redis, bool isMeasured, Func<int, string>? connectionString = null)
    {
        var isl = await KnownIsl.StartAsync();
        var link = new CuttableProxy(redis.Port);
        var gateway = Start(isl, isMeasured, connectionString?.Invoke(link.Port) ?? redis.ConnectionString);
        var filler = Start(isl, isMeasured, connectionString?.Invoke(redis.Port) ?? redis.ConnectionString);
        var control = isMeasured ? Start(isl, isMeasured, redis: null) : null;
        var rig = new FaultRig(isl, redis, link, gateway, filler, control);
        await gateway.BannerAsync();
        await filler.BannerAsync();
        if (control is not null) await control.BannerAsync();
        return rig;
    }

    /// <summary>Waits until both gateways say that Redis is well.</summary>
    public async Task IsWellAsync()
    {
        foreach (var gateway in (GatewayProcess[])[_gateway, _filler])
        {
            using var client = new HttpClient { BaseAddress = gateway.Management };
            await Eventually.TrueAsync(
                async () => (await client.GetStringAsync("/health/ready", TestContext.Current.CancellationToken))
                    .Contains("\"redis\":\"ok\"", StringComparison.Ordinal),
                Soon, "readiness says that Redis is well");
        }
    }

    /// <summary>Waits until <c>/health/ready</c> says something.</summary>
    public async Task ReadinessSaysAsync(string what)
    {
        using var client = new HttpClient { BaseAddress = _gateway.Management };
        await Eventually.TrueAsync(
            async () => (await client.GetStringAsync("/health/ready", TestContext.Current.CancellationToken))
                .Contains(what, StringComparison.Ordinal),
            Soon, $"readiness says {what}");
    }

    /// <summary>Waits until so many errors of a reason are counted.</summary>
    /// <param name="reason">A label of <c>isl_gateway_cache_errors_total</c>.</param>
    /// <param name="least">How many.</param>
    /// <param name="meanwhile">Done before each look.</param>
    public async Task ErrorsReachAsync(string reason, double least, Func<Task>? meanwhile = null)
    {
        using var client = new HttpClient { BaseAddress = _gateway.Management };
        await Eventually.TrueAsync(
            async () =>
            {
                if (meanwhile is not null) await meanwhile();
                return Exposition.Parse(await client.GetStringAsync("/metrics", TestContext.Current.CancellationToken))
                    .Sum("isl_gateway_cache_errors_total", "tier=\"redis\"", $"reason=\"{reason}\"") >= least;
            },
            Soon, $"{least} errors of the kind {reason} are counted");
    }

    /// <summary>Breaks Redis under load, mends it, and goes on until Redis serves again.</summary>
    /// <param name="name">Of the fault.</param>
    /// <param name="fault">Makes it and keeps it up; its end is the fault's end.</param>
    public async Task<FaultFigures> RunAsync(string name, Func<Task> fault)
    {
        await using var load = Load();
        var startedAt = Stopwatch.GetTimestamp();
        await PassAsync(Settling);
        await Eventually.TrueAsync(
            () => load.HasEnded
                || (load.Answers.Any(
                    answer => answer.IsFromRedis) && load.Answers.Any(answer => answer is { Kind: AskKind.Session, IsHit: true })),
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
            () => load.HasEnded || new FaultFigures(name, load.Answers, begunAt, endedAt) is { RedisAgain: < 100, SessionsAgain: < 100 },
            Soon, "answers come from Redis again");
        await load.DisposeAsync();

        var settledAt = startedAt is { } at ? at + (long)(Settling.TotalSeconds * Stopwatch.Frequency) : 0;
        return new FaultFigures(
            name, [.. load.Answers.Where(answer => answer.BegunAt >= settledAt || answer.Wrong is not null)], begunAt, endedAt)
        {
            LogLines = LogLines() - lines,
        };
    }

    public MixedLoad Load() => new(_gateway.Address, _filler.Address, _control?.Address);

    /// <summary>Lets a fault last. The load goes on meanwhile.</summary>
    public static Task PassAsync(TimeSpan duration) => Task.Delay(duration, TimeProvider.System, TestContext.Current.CancellationToken);

    /// <summary>A connection for whatever the test does to Redis besides.</summary>
    public Task<ConnectionMultiplexer> ConnectAsync() => PatientRedis.ConnectAsync($"{_redis.ConnectionString},allowAdmin=true");

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _filler.DisposeAsync();
        if (_control is not null) await _control.DisposeAsync();
        await _link.DisposeAsync();
        await _isl.DisposeAsync();
        if (_ownsRedis) await _redis.DisposeAsync();
    }

    private int LogLines() => _gateway.Output.Split('\n').Count(line => line.Contains("\"LogLevel\":\"", StringComparison.Ordinal));

    private static GatewayProcess Start(KnownIsl isl, bool isMeasured, string? redis) => GatewayProcess.Start(
    [
        .. isMeasured ? (string[])[] : [$"--Cache:LookupBudget={30 * Patience}ms", "--Cache:LookupLimit=1s"],
        "--environment=Production", $"--Isl:BaseUrl={isl.Address}",
        .. redis is null ? (string[])[] : [$"--ConnectionStrings:Redis={redis}"], "--Isl:HealthInterval=200ms",
        "--Logging:LogLevel:Default=Warning", "--Logging:LogLevel:IslGateway.Caching=Information",
    ]);
}
