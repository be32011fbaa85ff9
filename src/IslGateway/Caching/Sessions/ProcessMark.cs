using System.Diagnostics;
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
    /// <summary>Field 22, counted from the state, which is field 3.</summary>
    private const int StartField = 19;

    private static readonly string? House = HouseOf("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid");

    /// <summary>The mark of this process; empty where none can be made.</summary>
    public static string Own { get; } = House is not null && StartOf(Environment.ProcessId) is { } start ? $"{House}-{Environment.ProcessId}-{start}" : "";

    /// <summary>Whether a mark is that of a process which has certainly ended.</summary>
    public static bool IsOfTheDead(string mark) => IsOfTheDead(mark, StatOf);

    /// <summary>The same, by what a reader of <c>/proc/PID/stat</c> says; null: it cannot be read, which alone proves nothing (<c>hidepid</c>).</summary>
    public static bool IsOfTheDead(string mark, Func<int, string?> statOf)
    {
        if (mark.Split('-') is not [var house, var pid, var start] || house != House) return false;
        if (!int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out var id)) return false;
        return statOf(id) is { } stat && FieldsOf(stat) is [var state, ..] fields
            ? state is "Z" or "X" || fields[StartField] != start
            : !Exists(id);
    }

    /// <summary>Whether there is such a process, seen or unseen: the kernel is asked to signal it nothing.</summary>
    private static bool Exists(int pid)
    {
        try
        {
            Process.GetProcessById(pid).Dispose();
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    /// <summary>When a running process started, in the kernel's ticks; null if that cannot be told.</summary>
    private static string? StartOf(int pid) => StatOf(pid) is { } stat && FieldsOf(stat) is { } fields ? fields[StartField] : null;

    private static string? StatOf(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The fields from the state on; the name before it, in parentheses, may itself hold blanks and parentheses. Null: not as expected.</summary>
    private static string[]? FieldsOf(string stat)
    {
        var end = stat.LastIndexOf(')');
        var fields = end < 0 ? [] : stat[(end + 1)..].TrimStart().Split(' ');
        return fields.Length > StartField ? fields : null;
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
