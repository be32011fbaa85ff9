using System.Globalization;

namespace IslGateway.Benchmarks.Processes;

/// <summary>Linux's figures in /proc.</summary>
internal static class ProcFiles
{
    /// <summary>Milliseconds of one clock tick of user space (USER_HZ is 100 on all platforms that .NET runs on).</summary>
    private const double Tick = 10;

    /// <summary>
    /// CPU milliseconds that a process and all that it started have used, in user and kernel mode, by all threads; those that have ended
    /// included.
    /// </summary>
    public static double CpuOf(int root)
    {
        var processes = All();
        var found = new HashSet<int> { root };
        for (var before = -1; before != found.Count;)
        {
            before = found.Count;
            foreach (var process in processes)
            {
                if (found.Contains(process.Parent)) found.Add(process.Id);
            }
        }

        return processes.Where(process => found.Contains(process.Id)).Sum(process => process.Cpu);
    }

    /// <summary>CPU milliseconds that the whole machine has used; a virtual machine's stolen time is used by others.</summary>
    public static double CpuOfMachine()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int[] busy = [1, 2, 3, 6, 7, 8];
        return busy.Sum(field => Number(fields[field])) * Tick;
    }

    /// <summary>Resident bytes of a process.</summary>
    public static long Resident(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(text => text.StartsWith("VmRSS:", StringComparison.Ordinal));
        return (long)Number(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]) << 10;
    }

    public static string CpuModel()
    {
        var line = File.ReadLines("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal));
        return line is null ? "unknown processor" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();
    }

    private static List<(int Id, int Parent, double Cpu)> All()
    {
        var found = new List<(int, int, double)>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(folder), CultureInfo.InvariantCulture, out var id)) continue;
            try
            {
                // After the name, which may hold anything: state, parent, …, as 12th to 15th utime, stime, and those of ended children.
                var text = File.ReadAllText(Path.Combine(folder, "stat"));
                var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
                found.Add((id, (int)Number(fields[1]), fields[11..15].Sum(Number) * Tick));
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        return found;
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
