using IslGateway.Benchmarks.Load;
using IslGateway.Benchmarks.Processes;
using IslGateway.Benchmarks.Servers;
using IslGateway.Benchmarks.Serving;
using IslGateway.Benchmarks.Workloads;

namespace IslGateway.Benchmarks.Measuring;

/// <summary>
/// A million different answers: what the process takes at the most while they pass through a memory tier that holds a tenth of them, and
/// whether a hit costs more where all of them lie in memory than where one does.
/// </summary>
internal sealed class MillionMeasurement : IMeasurement
{
    public const string Passing = "gateway, 256 MiB";
    public const string One = "gateway, 1 entry";
    public const string Million = "gateway, 1,000,000 entries";

    private const int Entries = 1_000_000;
    private const int Chunk = 20_000;
    private const int Connections = 32;
    private const long SizeLimit = 256 << 20;

    private static readonly AnswerCheck Stored = new(ConstantAnswer.Small, Checks.Stored);
    private static readonly AnswerCheck Hit = new(ConstantAnswer.Small, Checks.Memory);

    public string Name => "million";

    public string Title => "a million entries";

    public async Task RunAsync(Session session, CancellationToken cancellationToken)
    {
        using (var small = await StartAsync(session, Passing, SizeLimit, cancellationToken))
        {
            using var load = new LoadGenerator(small.Port, Connections);
            var beyond = (Fill(load, small, cancellationToken) - SizeLimit) / 1e6;
            session.Findings.Add(Name, Passing, Metrics.Megabytes, beyond);
            session.Say($"  passing through 256 MiB: resident at the most {beyond:F0} MB beyond it");
        }

        using var large = await StartAsync(session, Million, 6L << 30, cancellationToken);
        using var held = new LoadGenerator(large.Port, Connections);
        var one = new RequestSource([Requests.Plain(Paths.Small, Bodies.Numbered(910_000))]);
        held.RunCount(1, one, Stored);
        held.RunFor(session.Plan.WarmUp, one, Hit);
        Measure(session, One, held, large, one);
        Fill(held, large, cancellationToken);
        Measure(session, Million, held, large, Source());
    }

    private static Task<GatewayServer> StartAsync(
        Session session, string name, long sizeLimit, CancellationToken cancellationToken) =>
        session.Bench.StartAsync(
            new GatewayServer(
                session.Bench, name, $"--Cache:Memory:SizeLimit={sizeLimit}", "--Limits:MaxBufferedBytes=64MiB")
            {
                Probe = null,
            },
            cancellationToken);

    /// <summary>Asks for a million answers. Resident bytes at the most.</summary>
    private static long Fill(LoadGenerator load, Server server, CancellationToken cancellationToken)
    {
        var source = Source();
        var most = 0L;
        for (var done = 0; done < Entries; done += Chunk)
        {
            cancellationToken.ThrowIfCancellationRequested();
            load.RunCount(Chunk, source, Stored, checkEvery: 64);
            most = Math.Max(most, ProcFiles.Resident(server.ProcessId));
        }

        return most;
    }

    private void Measure(Session session, string column, LoadGenerator load, Server server, RequestSource source)
    {
        for (var round = 0; round < session.Plan.Rounds; round++)
        {
            var cpu = ProcFiles.CpuOf(server.ProcessId);
            var result = load.RunFor(session.Plan.Time, source, Hit);
            session.Findings.Add(Name, column, Metrics.Cpu, (ProcFiles.CpuOf(server.ProcessId) - cpu) / result.Requests * 1_000);
            session.Findings.Add(Name, column, Metrics.PerSecond, result.PerSecond);
        }

        session.Say(
            $"  {column,-28} {session.Findings.Median(Name, column, Metrics.Cpu),8:F1} ms CPU/1000 "
            + $"{session.Findings.Median(Name, column, Metrics.PerSecond),8:F0}/s");
    }

    /// <summary>A million bodies, the same ones from each source.</summary>
    private static RequestSource Source()
    {
        var request = Requests.Numbered(Paths.Small, Bodies.Open(), "identity");
        return new RequestSource([request], new OwnDigits(request));
    }
}
