namespace IslGateway.Benchmarks.Serving;

/// <summary>The paths of ISL that the benchmark uses, and what it uses each for.</summary>
internal static class Paths
{
    /// <summary>2 KB answers; the gateway sorts the keys of its bodies.</summary>
    public const string Small = "/api/v1/causal/validate";

    /// <summary>64 KB answers.</summary>
    public const string Large = "/api/v1/causal/extract-factors";

    /// <summary>2 KB answers that take a second.</summary>
    public const string Slow = "/api/v1/causal/sensitivity/detailed";

    /// <summary>
    /// 2 KB answers that nobody may store, to requests that change something: the gateway gives each a connection of its own.
    /// </summary>
    public const string Passed = "/api/v1/outcomes/log";

    /// <summary>2 KB answers that nobody may store, to requests that only compute: over connections of the pool.</summary>
    public const string Computed = "/api/v1/analysis/sensitivity";

    /// <summary>The upstream's own count of calls.</summary>
    public const string Calls = "/benchmark/calls";
}
