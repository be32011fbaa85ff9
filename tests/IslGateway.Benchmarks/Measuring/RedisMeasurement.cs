using System.Globalization;
using IslGateway.Benchmarks.Load;
using IslGateway.Benchmarks.Processes;
using IslGateway.Benchmarks.Servers;
using IslGateway.Benchmarks.Serving;
using IslGateway.Benchmarks.Workloads;

namespace IslGateway.Benchmarks.Measuring;

/// <summary>
/// Hits from Redis: a gateway whose memory tier is too small for an answer with its headers, beside a bare client that reads the same
/// bytes from the same core, beside a gateway that has them in memory, and beside one whose entries are sealed.
/// </summary>
internal sealed class RedisMeasurement : IMeasurement
{
    public const string FromRedis = "gateway, Redis";
    public const string FromSealed = "gateway, Redis, sealed";
    public const string FromMemory = "gateway, memory";
    public const string BareGet = "bare StringGetLease";
    private const int Many = 64;
    private const string TooLittleMemory = "--Cache:Memory:SizeLimit=2100";
    private const string SmallEntries = "--Cache:MaxEntrySize=2100";

    /// <summary>Of 256 bits; no secret.</summary>
    private const string Sealing = "--Cache:EncryptionKeys=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    /// <summary>
    /// A look-up that Redis answers too late is a miss, and no wrong answer: the upstream's calls tell how many there were.
    /// </summary>
    private static readonly AnswerCheck Any = new(ConstantAnswer.Small, "");
    private static readonly AnswerCheck MemoryHit = new(ConstantAnswer.Small, Checks.Memory);

    private readonly RequestSource _requests = new(
        [.. Enumerable.Range(5_000, 200).Select(i => Requests.Plain(Paths.Small, Bodies.Numbered(i)))]);

    public string Name => "redis";

    public string Title => "hit from Redis";

    public async Task RunAsync(Session session, CancellationToken cancellationToken)
    {
        if (!RedisServer.IsInstalled)
        {
            session.Say("  no redis-server here");
            return;
        }

        session.Bench.Redis ??= await RedisServer.StartAsync(cancellationToken);
        await FillAsync(session, [], cancellationToken);
        await FillAsync(session, [Sealing], cancellationToken);
        using var redis = await session.Bench.StartAsync(Gateway(session, FromRedis, TooLittleMemory, SmallEntries), cancellationToken);
        using var opening = await session.Bench.StartAsync(
            Gateway(session, FromSealed, TooLittleMemory, SmallEntries, Sealing), cancellationToken);
        var memory = (await session.Bench.ServerAsync(Names.Gateway, cancellationToken))!;
        WarmUp(session, redis, Any);
        WarmUp(session, opening, Any);
        WarmUp(session, memory, MemoryHit);

        var guard = new NoiseGuard(session);
        for (var round = 0; round < session.Plan.Rounds; round++)
        {
            var figures = await guard.RunAsync(Name, () => RoundAsync(session, redis, opening, memory, cancellationToken));
            foreach (var (column, metric, value) in figures) session.Findings.Add(Name, column, metric, value);
        }

        session.Say(
            $"  p50 alone: Redis {Median(FromRedis, Metrics.P50):F0} us, sealed {Median(FromSealed, Metrics.P50):F0} us, "
            + $"bare get {Median(BareGet, Metrics.P50):F0} us, memory "
            + $"{Median(FromMemory, Metrics.P50):F0} us; at {Many} connections {Median(FromRedis, Metrics.PerSecond):F0}/s, "
            + $"{Median(FromSealed, Metrics.PerSecond):F0}/s and {Median(FromMemory, Metrics.PerSecond):F0}/s");

        double? Median(string column, string metric) => session.Findings.Median(Name, column, metric);
    }

    /// <summary>Another gateway brings the answers there: one that cannot keep them in memory does not share them either.</summary>
    private async Task FillAsync(Session session, string[] settings, CancellationToken cancellationToken)
    {
        using var gateway = await session.Bench.StartAsync(Gateway(session, "gateway that fills Redis", settings), cancellationToken);
        using var load = new LoadGenerator(gateway.Port, 1);
        load.RunCount(_requests.Count, _requests, Any);

        // What it has told nobody yet would be a miss elsewhere: it is told to stop, and ends once all is written.
        await gateway.StopAsync(cancellationToken);
    }

    private static GatewayServer Gateway(Session session, string name, params string[] settings) =>
        new(session.Bench, name, [$"--ConnectionStrings:Redis={session.Bench.Redis!.ConnectionString}", .. settings]);

    private void WarmUp(Session session, Server server, AnswerCheck check)
    {
        using var first = new LoadGenerator(server.Port, 1);
        first.RunCount(_requests.Count, _requests, Any);
        using var load = new LoadGenerator(server.Port, Many);
        load.RunFor(session.Plan.WarmUp, _requests, check);
    }

    private async Task<IReadOnlyList<(string Column, string Metric, double Value)>> RoundAsync(
        Session session, Server redis, Server opening, Server memory, CancellationToken cancellationToken) =>
    [
        .. Alone(session, FromMemory, memory, MemoryHit),
        (BareGet, Metrics.P50, await BareGetAsync(session, cancellationToken)),
        .. Alone(session, FromRedis, redis, Any),
        .. Alone(session, FromSealed, opening, Any),
        .. Together(session, FromMemory, memory, MemoryHit),
        .. await CountedAsync(session, FromRedis, () => Together(session, FromRedis, redis, Any), cancellationToken),
        .. await CountedAsync(session, FromSealed, () => Together(session, FromSealed, opening, Any), cancellationToken),
    ];

    private static async Task<IEnumerable<(string Column, string Metric, double Value)>> CountedAsync(
        Session session, string column, Func<IEnumerable<(string Column, string Metric, double Value)>> measure,
        CancellationToken cancellationToken)
    {
        var calls = await Http.CallsAsync(session.Bench.UpstreamPort, cancellationToken);
        var figures = measure();
        return figures.Append((column, Metrics.Count, await Http.CallsAsync(session.Bench.UpstreamPort, cancellationToken) - calls));
    }

    private static async Task<double> BareGetAsync(Session session, CancellationToken cancellationToken)
    {
        using var get = PinnedProcess.Start(
            Bench.ServerCore, Environment.ProcessPath!,
            [
                "redis-get", "--redis", session.Bench.Redis!.ConnectionString,
                "--seconds", session.Plan.Time.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            ]);
        var output = await get.EndAsync(cancellationToken);
        return double.TryParse(output, CultureInfo.InvariantCulture, out var p50) ? p50 : throw new InvalidOperationException(output);
    }

    /// <summary>One request at a time.</summary>
    private (string Column, string Metric, double Value)[] Alone(Session session, string column, Server server, AnswerCheck check)
    {
        using var load = new LoadGenerator(server.Port, 1);
        var result = load.RunFor(session.Plan.Time, _requests, check);
        return [(column, Metrics.P50, result.Quantile(0.5)), (column, Metrics.P99, result.Quantile(0.99))];
    }

    /// <summary>As many as there are connections.</summary>
    private (string Column, string Metric, double Value)[] Together(Session session, string column, Server server, AnswerCheck check)
    {
        using var load = new LoadGenerator(server.Port, Many);
        load.RunFor(Plan.RunIn, _requests, check);
        var cpu = ProcFiles.CpuOf(server.ProcessId);
        var result = load.RunFor(session.Plan.Time, _requests, check);
        cpu = ProcFiles.CpuOf(server.ProcessId) - cpu;
        return [(column, Metrics.Cpu, cpu / result.Requests * 1_000), (column, Metrics.PerSecond, result.PerSecond)];
    }
}
