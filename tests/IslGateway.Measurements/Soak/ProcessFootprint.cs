using System.Globalization;

namespace IslGateway.Measurements.Soak;

/// <summary>What a process holds of the machine, as Linux tells it.</summary>
/// <param name="Memory">Resident bytes.</param>
/// <param name="Handles">Open file descriptors.</param>
/// <param name="Threads">Threads.</param>
internal readonly record struct ProcessFootprint(long Memory, int Handles, int Threads)
{
    public static bool IsAvailable => Directory.Exists("/proc/self/fd");

    public static ProcessFootprint Of(int processId)
    {
        var resident = File.ReadLines($"/proc/{processId}/status").First(line => line.StartsWith("VmRSS:", StringComparison.Ordinal));
        return new ProcessFootprint(
            1024 * long.Parse(resident.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture),
            Directory.EnumerateFileSystemEntries($"/proc/{processId}/fd").Count(),
            Directory.EnumerateDirectories($"/proc/{processId}/task").Count());
    }

    /// <summary>The median of each over several looks.</summary>
    public static ProcessFootprint Median(IReadOnlyCollection<ProcessFootprint> looks) => new(
        Middle(looks.Select(look => look.Memory)), (int)Middle(looks.Select(look => (long)look.Handles)),
        (int)Middle(looks.Select(look => (long)look.Threads)));

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Memory >> 20} MiB, {Handles} handles, {Threads} threads");

    private static long Middle(IEnumerable<long> values)
    {
        var sorted = values.Order().ToList();
        return sorted[sorted.Count / 2];
    }
}
