using System.Globalization;
using IslGateway.Benchmarks.Load;
using IslGateway.Benchmarks.Processes;
using IslGateway.Benchmarks.Servers;
using IslGateway.Benchmarks.Serving;
using IslGateway.Benchmarks.Workloads;

namespace IslGateway.Benchmarks.Measuring;

/// <summary>Whether a hit costs the same over more connections, and in proportion to a larger request body.</summary>
internal sealed class GrowthMeasurement : IMeasurement
{
    private static readonly int[] Connections = [1, 8, 64, 512];
    private static readonly int[] Kilobytes = [64, 256, 1_024, 4_096];

    public string Name => "growth";

    public string Title => "hits over more connections, and for larger bodies";

    public static string Over(int connections) => $"gateway, connections: {connections.ToString(CultureInfo.InvariantCulture)}";

    public static string Of(int kilobytes) => $"gateway, body of {kilobytes.ToString("N0", CultureInfo.InvariantCulture)} KB";

    public async Task RunAsync(Session session, CancellationToken cancellationToken)
    {
        var gateway = (await session.Bench.ServerAsync(Names.Gateway, cancellationToken))!;
        var guard = new NoiseGuard(session);
        var small = new RequestSource([Requests.Plain(Paths.Small, Bodies.Numbered(900_000))]);
        foreach (var connections in Connections)
        {
            await RepeatAsync(session, guard, Over(connections), () => Measure(session, gateway, small, connections));
        }

        foreach (var kilobytes in Kilobytes)
        {
            var source = new RequestSource([Requests.Plain(Paths.Small, Bodies.Long(kilobytes << 10))]);
            await RepeatAsync(session, guard, Of(kilobytes), () => Measure(session, gateway, source, 8));
        }
    }

    private async Task RepeatAsync(Session session, NoiseGuard guard, string column, Func<(double Cpu, double PerSecond)> measure)
    {
        measure();
        for (var round = 0; round < session.Plan.Rounds; round++)
        {
            var (cpu, perSecond) = await guard.RunAsync(column, () => Task.FromResult(measure()));
            session.Findings.Add(Name, column, Metrics.Cpu, cpu);
            session.Findings.Add(Name, column, Metrics.PerSecond, perSecond);
        }

        session.Say(
            $"  {column,-28} {session.Findings.Median(Name, column, Metrics.Cpu),8:F1} ms CPU/1000 "
            + $"{session.Findings.Median(Name, column, Metrics.PerSecond),8:F0}/s");
    }

    private static (double Cpu, double PerSecond) Measure(Session session, Server server, RequestSource source, int connections)
    {
        using var load = new LoadGenerator(server.Port, connections);
        load.RunCount(1, source, new AnswerCheck(ConstantAnswer.Small));
        var cpu = ProcFiles.CpuOf(server.ProcessId);
        var result = load.RunFor(session.Plan.Time, source, new AnswerCheck(ConstantAnswer.Small, Checks.Memory));
        return ((ProcFiles.CpuOf(server.ProcessId) - cpu) / result.Requests * 1_000, result.PerSecond);
    }
}
