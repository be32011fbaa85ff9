namespace IslGateway.Benchmarks.Measuring;

/// <summary>The names of what is measured, with units.</summary>
internal static class Metrics
{
    /// <summary>CPU milliseconds of the server for 1,000 requests.</summary>
    public const string Cpu = "cpu ms/1000";

    /// <summary>Share of its core that the server used: near 1, the load kept it busy.</summary>
    public const string Busy = "of a core";

    /// <summary>Requests a second.</summary>
    public const string PerSecond = "requests/s";

    /// <summary>Latency in microseconds.</summary>
    public const string P50 = "p50 us";

    /// <summary>Latency in microseconds.</summary>
    public const string P99 = "p99 us";

    /// <summary>Bytes that the server allocated for a request.</summary>
    public const string Allocated = "allocated B";

    /// <summary>Seconds.</summary>
    public const string Seconds = "s";

    /// <summary>Milliseconds.</summary>
    public const string Milliseconds = "ms";

    /// <summary>Millions of bytes.</summary>
    public const string Megabytes = "MB";

    /// <summary>A number of calls or answers.</summary>
    public const string Count = "count";

    /// <summary>Bytes of the managed heap for one entry.</summary>
    public const string HeapPerEntry = "heap B/entry";

    /// <summary>Resident bytes for one entry.</summary>
    public const string ResidentPerEntry = "resident B/entry";
}
