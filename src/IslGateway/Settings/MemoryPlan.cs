using System.Globalization;

namespace IslGateway.Settings;

/// <summary>How much memory the settings allow the gateway to use, and how much there is.</summary>
/// <param name="Cache"><c>Cache:Memory:SizeLimit</c>.</param>
/// <param name="Buffers"><c>Limits:MaxBufferedBytes</c>.</param>
/// <param name="Limit">
/// Bytes available to the process: a container's limit, or the garbage collector's own if that was set lower.
/// </param>
/// <param name="Heap">The part of them that the garbage collector takes at most.</param>
internal readonly record struct MemoryPlan(long Cache, long Buffers, long Limit, long Heap = MemoryPlan.Unlimited)
{
    /// <summary>Bytes for the process itself: code, threads, connections, and garbage that waits to be collected.</summary>
    public const long Process = 150_000_000;

    /// <summary>The part of <see cref="Process"/> that is on the collector's heap.</summary>
    public const long ProcessHeap = Process / 2;

    /// <summary>
    /// Hundredths of a container's limit for the heap: <c>System.GC.HeapHardLimitPercent</c> of the project file. .NET's default is 75.
    /// </summary>
    public const int HeapPercent = 90;

    /// <summary>Stands for an unknown limit.</summary>
    public const long Unlimited = long.MaxValue;

    private const long NoLimit = 1L << 60;
    private const long Rounding = 1 << 20;

    /// <summary><c>Cache:KeepRequests</c>.</summary>
    public long Kept { get; init; }

    public long Needed => Cache + Buffers + Kept + Process;

    public bool Fits => Needed <= Limit && Cache + Buffers + Kept + ProcessHeap <= Heap;

    /// <summary>
    /// What the garbage collector may use here: its part of a container's limit or of the machine's memory, or its hard limit.
    /// </summary>
    public static long HeapOfProcess => GC.GetGCMemoryInfo().TotalAvailableMemoryBytes is > 0 and var bytes ? bytes : Unlimited;

    /// <summary>Bytes available to this process.</summary>
    public static long LimitOfProcess => LimitOf(ContainerLimit("/sys/fs/cgroup"), HeapOfProcess);

    /// <summary>
    /// A container's limit; if the collector takes less than its usual part of it, a lower limit was configured and counts.
    /// </summary>
    public static long LimitOf(long container, long heap) =>
        container == Unlimited || heap < (container / 100 * HeapPercent) - Rounding ? heap : container;

    /// <summary>A container's memory limit in bytes, from the files of cgroups version 2 or 1.</summary>
    /// <param name="cgroups">The folder of those files.</param>
    public static long ContainerLimit(string cgroups)
    {
        foreach (var name in (string[])["memory.max", "memory/memory.limit_in_bytes"])
        {
            // Without a limit, version 2 has "max" and version 1 a number larger than any machine.
            if (TryRead(Path.Combine(cgroups, name)) is { } text
                && long.TryParse(text, CultureInfo.InvariantCulture, out var bytes)
                && bytes is > 0 and < NoLimit)
            {
                return bytes;
            }
        }

        return Unlimited;
    }

    public static MemoryPlan Of(GatewaySettings settings, long limit, long heap = Unlimited) =>
        new(settings.Cache.Memory.SizeLimit, settings.Limits.MaxBufferedBytes, limit, heap) { Kept = settings.Cache.KeepRequests };

    /// <summary>
    /// What is needed and what there is in the same unit, needs rounded up and limits down, so that what does not fit never looks as if it
    /// did.
    /// </summary>
    public override string ToString() =>
        $"{Mebibytes(Needed)} needed, {(Limit == Unlimited ? "limit unknown" : $"{Mebibytes(Limit, down: true)} there")}"
        + $"{(Heap < Limit ? $", {Mebibytes(Heap, down: true)} of them for .NET's heap" : "")} "
        + $"(needed: cache {Mebibytes(Cache)} by Cache:Memory:SizeLimit, "
        + $"buffers {Mebibytes(Buffers)} by Limits:MaxBufferedBytes, "
        + $"{(Kept > 0 ? $"kept requests {Mebibytes(Kept)} by Cache:KeepRequests, " : "")}the process itself {Mebibytes(Process)})";

    private static string? TryRead(string path)
    {
        try
        {
            return File.ReadAllText(path).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static string Mebibytes(long bytes, bool down = false) => $"{(down ? bytes : bytes + Rounding - 1) >> 20} MiB";
}
