using IslGateway.Benchmarks.Load;
using IslGateway.Benchmarks.Processes;
using IslGateway.Benchmarks.Servers;
using IslGateway.Benchmarks.Workloads;

namespace IslGateway.Benchmarks.Measuring;

/// <summary>
/// One workload: every server warmed alike, then rounds in which each has its turn. What counts is the CPU time of the server's processes,
/// with all their threads: the load's speed does not matter.
/// </summary>
internal sealed class RoundsMeasurement(Workload workload) : IMeasurement
{
    public string Name => workload.Name;

    public string Title => workload.Title;

    public async Task RunAsync(Session session, CancellationToken cancellationToken)
    {
        var guard = new NoiseGuard(session);
        var taking = new List<(Lane Lane, Server Server)>();
        foreach (var lane in workload.Lanes)
        {
            if (await session.Bench.ServerAsync(lane.Server, cancellationToken) is { } server) taking.Add((lane, server));
        }

        foreach (var (lane, server) in taking)
        {
            using var load = new LoadGenerator(server.Port, 1);
            load.RunCount(lane.Requests.Count, lane.Requests, lane.Check with { CacheStatus = null });
            using var warmUp = new LoadGenerator(server.Port, workload.Connections);
            Run(warmUp, session.Plan.WarmUp, lane);
        }

        for (var round = 0; round < session.Plan.Rounds; round++)
        {
            foreach (var (lane, server) in taking)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var figures = await guard.RunAsync($"{Name}, {lane.Label}", () => MeasureAsync(session, lane, server, cancellationToken));
                foreach (var (metric, value) in figures) session.Findings.Add(Name, lane.Label, metric, value);
            }
        }

        foreach (var (lane, _) in taking)
        {
            session.Say(
                $"  {lane.Label,-20} {session.Findings.Median(Name, lane.Label, Metrics.Cpu),8:F1} ms CPU/1000 "
                + $"{session.Findings.Median(Name, lane.Label, Metrics.PerSecond),8:F0}/s "
                + $"p50 {session.Findings.Median(Name, lane.Label, Metrics.P50),6:F0} us "
                + $"p99 {session.Findings.Median(Name, lane.Label, Metrics.P99),6:F0} us "
                + $"{session.Findings.Median(Name, lane.Label, Metrics.Allocated),7:F0} B");
        }
    }

    private LoadResult Run(LoadGenerator load, TimeSpan time, Lane lane) => workload.PerSecond > 0
        ? load.RunAtRate(workload.PerSecond, time, lane.Requests, lane.Check)
        : load.RunFor(time, lane.Requests, lane.Check);

    private async Task<IReadOnlyDictionary<string, double>> MeasureAsync(
        Session session, Lane lane, Server server, CancellationToken cancellationToken)
    {
        using var load = new LoadGenerator(server.Port, workload.Connections);
        Run(load, Plan.RunIn, lane);
        var calls = await Http.CallsAsync(session.Bench.UpstreamPort, cancellationToken);
        var allocated = server.Probe?.Allocated();
        var cpu = ProcFiles.CpuOf(server.ProcessId);
        var result = Run(load, session.Plan.Time, lane);
        cpu = ProcFiles.CpuOf(server.ProcessId) - cpu;
        var called = await Http.CallsAsync(session.Bench.UpstreamPort, cancellationToken) - calls;
        if (called != (lane.CallsUpstream ? result.Requests : 0))
            throw new WrongAnswerException($"{called} calls to the upstream for {result.Requests} requests of '{Name}' to {lane.Label}");

        var figures = new Dictionary<string, double>
        {
            [Metrics.Cpu] = cpu / result.Requests * 1_000,
            [Metrics.Busy] = cpu / result.Elapsed.TotalMilliseconds,
            [Metrics.PerSecond] = result.PerSecond,
            [Metrics.P50] = result.Quantile(0.5),
            [Metrics.P99] = result.Quantile(0.99),
        };
        if (allocated is { } before) figures[Metrics.Allocated] = (double)(server.Probe!.Allocated() - before) / result.Requests;
        return figures;
    }
}
