using System.Diagnostics;
using IslGateway.Benchmarks.Load;
using IslGateway.Benchmarks.Processes;
using IslGateway.Benchmarks.Servers;
using IslGateway.Benchmarks.Serving;
using IslGateway.Benchmarks.Workloads;

namespace IslGateway.Benchmarks.Measuring;

/// <summary>
/// The published gateway from exec to the first answer; whether what Redis has is a hit as soon as it says that it is ready; and what a
/// request costs in each of the first seconds of load, beside the gateway that has long been running.
/// </summary>
internal sealed class StartMeasurement : IMeasurement
{
    public const string Early = "gateway, 4th second";
    private const int RedisStarts = 20;
    private const int LoadSeconds = 8;

    private readonly RequestSource _request = new([Requests.Plain(Paths.Small, Bodies.Numbered(800_000))]);

    public string Name => "start";

    public string Title => "start of the published gateway";

    public async Task RunAsync(Session session, CancellationToken cancellationToken)
    {
        for (var round = 0; round < session.Plan.Rounds; round++)
        {
            var seconds = await new NoiseGuard(session).RunAsync(Name, () => FirstAnswerAsync(session, cancellationToken));
            session.Findings.Add(Name, Names.Gateway, Metrics.Seconds, seconds);
        }

        session.Say($"  first answer {session.Findings.Median(Name, Names.Gateway, Metrics.Seconds):F2} s after exec");
        await RedisHitsAsync(session, cancellationToken);
        await FirstSecondsAsync(session, cancellationToken);
    }

    private async Task<double> FirstAnswerAsync(Session session, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        using var gateway = new GatewayServer(session.Bench) { Probe = null };
        gateway.Launch();
        while (!await Http.AnswersAsync(gateway.Port, cancellationToken))
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken);
        using var load = new LoadGenerator(gateway.Port, 1);
        load.RunCount(1, _request, new AnswerCheck(ConstantAnswer.Small));
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private async Task RedisHitsAsync(Session session, CancellationToken cancellationToken)
    {
        if (!RedisServer.IsInstalled) return;
        session.Bench.Redis ??= await RedisServer.StartAsync(cancellationToken);
        var hits = 0;
        for (var start = 0; start <= RedisStarts; start++)
        {
            using var gateway = new GatewayServer(
                session.Bench, "gateway after start", $"--ConnectionStrings:Redis={session.Bench.Redis.ConnectionString}");
            await gateway.StartAsync(cancellationToken);
            using var load = new LoadGenerator(gateway.Port, 1);
            load.RunCount(1, _request, new AnswerCheck(ConstantAnswer.Small));

            // The very first one stores the answer.
            if (start > 0 && await CountsAHitAsync(gateway, cancellationToken)) hits++;
        }

        session.Findings.Add(Name, Names.Gateway, Metrics.Count, RedisStarts - hits);
        session.Say($"  hits from Redis right after ready: {hits} of {RedisStarts}");
    }

    /// <summary>Calls to the upstream would not tell: a credential's proof is renewed by one, too.</summary>
    private static async Task<bool> CountsAHitAsync(GatewayServer gateway, CancellationToken cancellationToken) =>
        await Http.TryGetAsync(gateway.ManagementPort, "/metrics", cancellationToken) is { } metrics
        && metrics.Contains($"plot_isl_cache_hits_total{{endpoint=\"{Paths.Small}\"}} 1\n", StringComparison.Ordinal);

    private async Task FirstSecondsAsync(Session session, CancellationToken cancellationToken)
    {
        var check = new AnswerCheck(ConstantAnswer.Small);
        using var young = await session.Bench.StartAsync(
            new GatewayServer(session.Bench, "gateway that has just started"), cancellationToken);
        using var load = new LoadGenerator(young.Port, 32);
        var costs = new List<double>();
        for (var second = 0; second < LoadSeconds; second++) costs.Add(Cost(load, young, check));

        var old = (await session.Bench.ServerAsync(Names.Gateway, cancellationToken))!;
        using var steady = new LoadGenerator(old.Port, 32);
        for (var second = 0; second < LoadSeconds; second++) Cost(steady, old, check);
        var settled = Enumerable.Range(0, 3).Select(_ => Cost(steady, old, check)).Order().ElementAt(1);
        session.Findings.Add(Name, Early, Metrics.Cpu, costs[3]);
        session.Findings.Add(Name, Names.Gateway, Metrics.Cpu, settled);
        session.Say($"  ms CPU/1000 in each second of load: {string.Join(", ", costs.Select(cost => $"{cost:F0}"))}; settled {settled:F0}");
    }

    private double Cost(LoadGenerator load, Server server, AnswerCheck check)
    {
        var cpu = ProcFiles.CpuOf(server.ProcessId);
        var result = load.RunFor(TimeSpan.FromSeconds(1), _request, check);
        return (ProcFiles.CpuOf(server.ProcessId) - cpu) / result.Requests * 1_000;
    }
}
