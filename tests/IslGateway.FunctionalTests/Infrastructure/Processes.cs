using System.Diagnostics;
using System.Runtime.InteropServices;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Starts programs that end with the test run at the latest.</summary>
internal static class Processes
{
    private static readonly Lock Gate = new();
    private static readonly HashSet<ChildProcess> Running = [];

    // Since .NET 10 the runtime raises ProcessExit for no signal. SIGINT is the test platform's: it ends the run in good order.
    private static readonly PosixSignalRegistration[] Signals =
        [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, _ => KillAll()))];

    private static bool _ending;

    static Processes() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        KillAll();
        foreach (var signal in Signals)
            signal.Dispose();
    };

    /// <summary>The full path of a program on PATH, or null.</summary>
    public static string? FindOnPath(string program)
    {
        var file = OperatingSystem.IsWindows() ? program + ".exe" : program;
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(folder => Path.Combine(folder, file))
            .FirstOrDefault(IsExecutable);
    }

    /// <param name="program">A path, or a name on PATH.</param>
    /// <param name="arguments">One per argument; no shell reads them.</param>
    /// <param name="environment">Variables set besides the inherited ones; null takes one away.</param>
    /// <param name="workingDirectory">This process's own when null.</param>
    public static ChildProcess Start(
        string program,
        IEnumerable<string> arguments,
        IReadOnlyDictionary<string, string?>? environment = null,
        string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;

        // Tests run on while the run is being ended from outside; what they started then would be left behind.
        lock (Gate)
        {
            if (_ending)
                throw new OperationCanceledException("The test run is ending.");
            var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
            var child = new ChildProcess(process);
            Running.Add(child);
            return child;
        }
    }

    /// <summary>Runs a program to its end with <paramref name="input"/> as its standard input.</summary>
    public static async Task<ProcessResult> RunAsync(string program, IEnumerable<string> arguments, string input, TimeSpan timeout)
    {
        await using var child = Start(program, arguments);
        await child.WriteInputAsync(input);
        var exitCode = await child.WaitForExitAsync(timeout);
        return new ProcessResult(exitCode, child.Output);
    }

    /// <summary>Called once by a child whose program has ended.</summary>
    internal static void Forget(ChildProcess child)
    {
        lock (Gate)
            Running.Remove(child);
    }

    private static void KillAll()
    {
        lock (Gate)
        {
            _ending = true;
            foreach (var child in Running)
                child.Kill();
        }
    }

    private static bool IsExecutable(string path) =>
        File.Exists(path)
        && (OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);
}
