using IslGateway.Benchmarks.Load;
using IslGateway.Benchmarks.Servers;
using IslGateway.Benchmarks.Serving;

namespace IslGateway.Benchmarks.Workloads;

/// <summary>What each server has to answer.</summary>
internal static class Checks
{
    public const string Memory = "hit; ttl=";
    public const string Stored = "fwd=miss; stored";
    public const string Passed = "fwd=bypass; detail=endpoint-not-cached";

    /// <summary>Only the gateway says what its cache did; the others are told by the upstream's count of calls.</summary>
    public static AnswerCheck Of(string server, ConstantAnswer answer, string cacheStatus) =>
        new(answer, server == Names.Gateway ? cacheStatus : null);
}
