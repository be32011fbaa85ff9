using IslGateway.Benchmarks.Load;
using IslGateway.Benchmarks.Servers;
using IslGateway.Benchmarks.Serving;

namespace IslGateway.Benchmarks.Workloads;

/// <summary>All workloads that are measured in rounds. Bodies have about 1 KB, answers 2 KB unless the title says otherwise.</summary>
internal static class WorkloadTable
{
    private static readonly string[] Caches = [Names.Bare, Names.Nginx, Names.Varnish, Names.OutputCache, Names.Gateway];
    private static readonly string[] Proxies = [Names.Nginx, Names.Varnish, Names.OutputCache, Names.Yarp, Names.Gateway];

    public static IReadOnlyList<Workload> All() =>
    [
        new("hot", "one hot body, hit", Hits(Caches, [Requests.Plain(Paths.Small, Bodies.Numbered(1))])),
        new("bodies", "1,000 bodies, hits", Hits(Caches, Many(1_000))),
        new(
            "gzip-requests", "gzip request bodies, hit",
            Hits(Caches, [Requests.Packed(Paths.Small, Bodies.Packed(Bodies.Numbered(2)))])),
        new("httpx", "hit with the headers of PLoT's httpx, id its own: gzip answer", Httpx()),
        new("spelled-anew", "same JSON spelled anew each time", Spelled()),
        new("large", "64 KB answers, hit", Hits(Caches, [Requests.Plain(Paths.Large, Bodies.Numbered(3))], ConstantAnswer.Large)),
        new("steady", "hits at 3,000/s, mostly idle", Hits(Caches, [Requests.Plain(Paths.Small, Bodies.Numbered(4))]), PerSecond: 3_000),
        new("miss", "miss and store", Forwarded(Paths.Small, Checks.Stored)),
        new("pass-through", "pass-through (outcomes/log)", Forwarded(Paths.Passed, Checks.Passed)),
        new("pass-computing", "pass-through of what only computes (analysis/sensitivity)", Forwarded(Paths.Computed, Checks.Passed)),
    ];

    private static byte[][] Many(int count) =>
        [.. Enumerable.Range(1_000, count).Select(i => Requests.Plain(Paths.Small, Bodies.Numbered(i)))];

    private static Lane[] Hits(string[] servers, byte[][] requests, ConstantAnswer? answer = null) =>
        [.. servers.Select(server => new Lane(
            server, server, new RequestSource(requests), Checks.Of(server, answer ?? ConstantAnswer.Small, Checks.Memory)))];

    private static Lane[] Forwarded(string path, string cacheStatus)
    {
        // One source for all: a body that one of them has had is no miss any more in a later round.
        var request = Requests.Plain(path, Bodies.Open());
        var source = new RequestSource([request], new OwnDigits(request));
        return [.. Proxies.Select(server => new Lane(
            server, server, source, Checks.Of(server, ConstantAnswer.Small, cacheStatus), CallsUpstream: true))];
    }

    private static Lane[] Spelled()
    {
        byte[][] requests = [.. Bodies.Spellings().Select(body => Requests.Plain(Paths.Small, body))];
        var source = new RequestSource(requests, new OwnSpelling(requests));
        string[] servers = [Names.Canonicaliser, Names.Nginx, Names.Varnish, Names.OutputCache, Names.Gateway];
        return [.. servers.Select(server => new Lane(
            server, server, source, Checks.Of(server, ConstantAnswer.Small, Checks.Memory),
            CallsUpstream: server is Names.Nginx or Names.Varnish or Names.OutputCache))];
    }

    private static Lane[] Httpx()
    {
        Lane Of(string label, string server, string acceptEncoding, bool isPacked)
        {
            var request = Requests.Httpx(Paths.Small, Bodies.Numbered(5), acceptEncoding);
            var source = new RequestSource([request], new OwnDigits(request));
            var check = Checks.Of(server, ConstantAnswer.Small, Checks.Memory) with
            {
                IsPacked = isPacked,
                HasOwnId = server == Names.Gateway,
            };
            return new Lane(label, server, source, check);
        }

        return
        [
            Of(Names.Bare, Names.Bare, "gzip, deflate", isPacked: false),
            Of("gateway, identity", Names.Gateway, "identity", isPacked: false),
            Of(Names.Gateway, Names.Gateway, "gzip, deflate", isPacked: true),
        ];
    }
}
