using IslGateway.Benchmarks.Load;
using IslGateway.Benchmarks.Processes;
using IslGateway.Benchmarks.Servers;
using IslGateway.Benchmarks.Serving;
using IslGateway.Benchmarks.Workloads;

namespace IslGateway.Benchmarks.Measuring;

/// <summary>What one stored answer of 2,047 bytes takes, by the growth of heap and resident memory after full collections.</summary>
internal sealed class MemoryMeasurement : IMeasurement
{
    public const string Packed = "gateway, packed form too";
    private const int First = 2_000;

    public string Name => "memory";

    public string Title => "memory per 2,047-byte entry";

    public async Task RunAsync(Session session, CancellationToken cancellationToken)
    {
        var roomy = new GatewayServer(
            session.Bench, Names.Gateway + " for memory", "--Cache:Memory:SizeLimit=1GiB", "--Limits:MaxBufferedBytes=64MiB");
        using var gateway = await session.Bench.StartAsync(roomy, cancellationToken);
        Grow(session, Names.Gateway, gateway);
        Pack(session, gateway);

        using var cache = await session.Bench.StartAsync(
            new OwnServer(session.Bench, ServerKind.OutputCache, Names.OutputCache + " for memory"), cancellationToken);
        Grow(session, Names.OutputCache, cache);
    }

    /// <summary>The first entries fill what there is one of; the following ones count.</summary>
    private void Grow(Session session, string column, Server server)
    {
        var check = new AnswerCheck(ConstantAnswer.Small);
        var source = Source("identity");
        using var load = new LoadGenerator(server.Port, 16);
        load.RunCount(First, source, check);
        var (heap, resident) = (server.Probe!.Heap(), ProcFiles.Resident(server.ProcessId));
        load.RunCount(session.Plan.Entries, source, check, checkEvery: 64);
        Report(session, column, server, heap, resident, session.Plan.Entries);
    }

    /// <summary>Each entry is asked for as gzip once: what is kept of that comes on top.</summary>
    private void Pack(Session session, Server server)
    {
        var check = new AnswerCheck(ConstantAnswer.Small, Checks.Memory, IsPacked: true);
        var source = Source("gzip, deflate");
        var (heap, resident) = (server.Probe!.Heap(), ProcFiles.Resident(server.ProcessId));
        using var load = new LoadGenerator(server.Port, 16);
        load.RunCount(First + session.Plan.Entries, source, check, checkEvery: 64);
        var plainHeap = session.Findings.Median(Name, Names.Gateway, Metrics.HeapPerEntry) ?? 0;
        var plainResident = session.Findings.Median(Name, Names.Gateway, Metrics.ResidentPerEntry) ?? 0;
        Report(session, Packed, server, heap, resident, First + session.Plan.Entries, plainHeap, plainResident);
    }

    /// <summary>Bodies that follow from a number: a source of its own begins with the same ones.</summary>
    private static RequestSource Source(string acceptEncoding)
    {
        var request = Requests.Numbered(Paths.Small, Bodies.Open(), acceptEncoding);
        return new RequestSource([request], new OwnDigits(request));
    }

    private void Report(
        Session session, string column, Server server, long heap, long resident, int entries, double plainHeap = 0,
        double plainResident = 0)
    {
        var heapEach = plainHeap + ((double)(server.Probe!.Heap() - heap) / entries);
        var residentEach = plainResident + ((double)(ProcFiles.Resident(server.ProcessId) - resident) / entries);
        session.Findings.Add(Name, column, Metrics.HeapPerEntry, heapEach);
        session.Findings.Add(Name, column, Metrics.ResidentPerEntry, residentEach);
        session.Say($"  {column,-26} {heapEach,6:F0} B heap, {residentEach,6:F0} B resident an entry, over {entries} entries");
    }
}
