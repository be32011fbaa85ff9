using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// Names a process so that another one on the same machine can tell whether it still runs: one that is missing there was killed, and not merely
/// cut off. Only on Linux, and only within one PID namespace: across machines and containers nobody can tell.
/// <code>
/// mark  = house "-" pid "-" start      house: digest of the boot and the PID namespace; start: /proc/PID/stat, field 22
/// </code>
/// </summary>
internal static class ProcessMark
{
    private static readonly string? House = HouseOf("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid");

    /// <summary>The mark of this process; empty where none can be made.</summary>
    public static string Own { get; } = House is not null && StartOf(Environment.ProcessId) is { } start ? $"{House}-{Environment.ProcessId}-{start}" : "";

    /// <summary>Whether a mark is that of a process which has certainly ended.</summary>
    public static bool IsOfTheDead(string mark) =>
        mark.Split('-') is [var house, var pid, var start] && house == House
        && int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && StartOf(id) != start;

    /// <summary>When a process started, in the kernel's ticks; null if there is none, or nothing but its exit code is left.</summary>
    private static string? StartOf(int pid)
    {
        try
        {
            // The name, in parentheses, may hold blanks and parentheses: the fields count from behind it, the state first.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return fields[0] is "Z" or "X" ? null : fields[19];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentOutOfRangeException or IndexOutOfRangeException)
        {
            return null;
        }
    }

    private static string? HouseOf(string bootPath, string namespacePath)
    {
        try
        {
            return File.ResolveLinkTarget(namespacePath, returnFinalTarget: false) is { } pids
                ? Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(File.ReadAllText(bootPath) + pids.Name)), 0, 8) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
