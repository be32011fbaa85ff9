using System.Collections.Concurrent;
using System.Diagnostics;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Starts programs that end with the test run at the latest.</summary>
internal static class Processes
{
    private static readonly ConcurrentDictionary<ChildProcess, bool> Running = new();

    static Processes() => AppDomain.CurrentDomain.ProcessExit += (_, _) =>
    {
        foreach (var child in Running.Keys)
            child.Kill();
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

        var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        var child = new ChildProcess(process, ended => Running.TryRemove(ended, out _));
        Running[child] = true;
        if (child.HasExited)
            Running.TryRemove(child, out _);
        return child;
    }

    /// <summary>Runs a program to its end with <paramref name="input"/> as its standard input.</summary>
    public static async Task<ProcessResult> RunAsync(string program, IEnumerable<string> arguments, string input, TimeSpan timeout)
    {
        await using var child = Start(program, arguments);
        await child.WriteInputAsync(input);
        var exitCode = await child.WaitForExitAsync(timeout);
        return new ProcessResult(exitCode, child.Output);
    }

    private static bool IsExecutable(string path) =>
        File.Exists(path)
        && (OperatingSystem.IsWindows()
            || (File.GetUnixFileMode(path) & (UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute)) != 0);
}
