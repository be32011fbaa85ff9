using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>What the settings let the process hold, beside what it may.</summary>
/// <param name="Cache"><c>Cache:Memory:SizeLimit</c>.</param>
/// <param name="Buffers"><c>Limits:MaxBufferedBytes</c>.</param>
/// <param name="Limit">Bytes that there are: a container's limit, or the machine's memory.</param>
internal readonly record struct MemoryPlan(long Cache, long Buffers, long Limit)
{
    /// <summary>Bytes for the process itself: code, threads, connections, and what waits to be collected.</summary>
    public const long Process = 150_000_000;

    /// <summary>Where nothing is known of a limit.</summary>
    public const long Unlimited = long.MaxValue;

    public long Needed => Cache + Buffers + Process;

    public bool Fits => Needed <= Limit;

    /// <summary>What the garbage collector may use here: it knows cgroup limits, of which it takes three quarters, and its own hard limit.</summary>
    public static long LimitOfProcess => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes is > 0 and var bytes ? bytes : Unlimited;

    public static MemoryPlan Of(GatewaySettings settings, long limit) => new(settings.Cache.Memory.SizeLimit, settings.Limits.MaxBufferedBytes, limit);

    public override string ToString() =>
        $"{Mebibytes(Needed)} of {(Limit == Unlimited ? "unknown" : Mebibytes(Limit))}: "
        + $"cache {SizeText.Format(Cache)} (Cache:Memory:SizeLimit), buffers {SizeText.Format(Buffers)} (Limits:MaxBufferedBytes), {SizeText.Format(Process)} for the process itself";

    private static string Mebibytes(long bytes) => $"{bytes >> 20} MiB";
}
