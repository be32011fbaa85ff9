using IslGateway.Benchmarks.Load;
using IslGateway.Benchmarks.Servers;
using IslGateway.Benchmarks.Serving;
using IslGateway.Benchmarks.Workloads;

namespace IslGateway.Benchmarks.Measuring;

/// <summary>200 callers ask the same new question, whose answer takes a second: at one gateway, and at three that share a Redis.</summary>
internal sealed class CollapseMeasurement : IMeasurement
{
    public const string AtThree = "three gateways";
    private const int Callers = 200;
    private static readonly AnswerCheck Miss = new(ConstantAnswer.Small, "fwd=miss; ");

    public string Name => "collapse";

    public string Title => "200 identical misses of 1 s";

    public async Task RunAsync(Session session, CancellationToken cancellationToken)
    {
        var gateway = (await session.Bench.ServerAsync(Names.Gateway, cancellationToken))!;
        await RoundsAsync(session, Names.Gateway, 700_001, [gateway], cancellationToken);
        if (!RedisServer.IsInstalled)
        {
            session.Say("  no redis-server here: three gateways cannot share their calls");
            return;
        }

        session.Bench.Redis ??= await RedisServer.StartAsync(cancellationToken);
        var group = new List<Server>();
        try
        {
            for (var i = 0; i < 3; i++)
            {
                group.Add(await session.Bench.StartAsync(
                    new GatewayServer(
                        session.Bench, $"gateway {i + 1} of 3", $"--ConnectionStrings:Redis={session.Bench.Redis.ConnectionString}"),
                    cancellationToken));
            }

            await RoundsAsync(session, AtThree, 710_001, group, cancellationToken);
        }
        finally
        {
            group.ForEach(server => server.Dispose());
        }
    }

    private async Task RoundsAsync(
        Session session, string column, int firstBody, List<Server> gateways, CancellationToken cancellationToken)
    {
        // The first round only has the code compiled.
        for (var round = -1; round < session.Plan.Rounds; round++)
        {
            var source = new RequestSource([Requests.Plain(Paths.Slow, Bodies.Numbered(firstBody + round))]);
            var calls = await Http.CallsAsync(session.Bench.UpstreamPort, cancellationToken);
            var last = await Task.WhenAll(gateways.Select(
                (gateway, i) => Task.Run(() => LastAnswer(gateway, Share(i), source), cancellationToken)));
            calls = await Http.CallsAsync(session.Bench.UpstreamPort, cancellationToken) - calls;
            if (round < 0) continue;
            session.Findings.Add(Name, column, Metrics.Count, calls);
            session.Findings.Add(Name, column, Metrics.Milliseconds, last.Max().TotalMilliseconds);
        }

        session.Say(
            $"  {column}: calls {session.Findings.Median(Name, column, Metrics.Count):F0}, last answer after "
            + $"{session.Findings.Median(Name, column, Metrics.Milliseconds):F1} ms");

        int Share(int i) => (Callers * (i + 1) / gateways.Count) - (Callers * i / gateways.Count);
    }

    private static TimeSpan LastAnswer(Server gateway, int callers, RequestSource source)
    {
        using var load = new LoadGenerator(gateway.Port, callers);
        return load.RunCount(callers, source, Miss).Elapsed;
    }
}
