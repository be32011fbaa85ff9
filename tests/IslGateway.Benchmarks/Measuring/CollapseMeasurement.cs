using IslGateway.Benchmarks.Load;
using IslGateway.Benchmarks.Servers;
using IslGateway.Benchmarks.Serving;
using IslGateway.Benchmarks.Workloads;

namespace IslGateway.Benchmarks.Measuring;

/// <summary>200 callers ask the same new question, whose answer takes a second.</summary>
internal sealed class CollapseMeasurement : IMeasurement
{
    private const int Callers = 200;

    public string Name => "collapse";

    public string Title => "200 identical misses of 1 s";

    public async Task RunAsync(Session session, CancellationToken cancellationToken)
    {
        var gateway = (await session.Bench.ServerAsync(Names.Gateway, cancellationToken))!;
        // The first round only has the code compiled.
        for (var round = -1; round < session.Plan.Rounds; round++)
        {
            var source = new RequestSource([Requests.Plain(Paths.Slow, Bodies.Numbered(700_001 + round))]);
            var calls = await Http.CallsAsync(session.Bench.UpstreamPort, cancellationToken);
            using var load = new LoadGenerator(gateway.Port, Callers);
            var result = load.RunCount(Callers, source, new AnswerCheck(ConstantAnswer.Small, "fwd=miss; "));
            calls = await Http.CallsAsync(session.Bench.UpstreamPort, cancellationToken) - calls;
            if (round < 0) continue;
            session.Findings.Add(Name, Names.Gateway, Metrics.Count, calls);
            session.Findings.Add(Name, Names.Gateway, Metrics.Milliseconds, result.Elapsed.TotalMilliseconds);
        }

        session.Say(
            $"  calls {session.Findings.Median(Name, Names.Gateway, Metrics.Count):F0}, last answer after "
            + $"{session.Findings.Median(Name, Names.Gateway, Metrics.Milliseconds):F1} ms");
    }
}
