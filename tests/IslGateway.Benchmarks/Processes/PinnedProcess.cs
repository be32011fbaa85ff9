using System.Collections.Concurrent;
using System.Diagnostics;

namespace IslGateway.Benchmarks.Processes;

/// <summary>A process on one core from its first instruction, so that its runtime sees one core, too. Disposing ends it.</summary>
internal sealed class PinnedProcess : IDisposable
{
    private const int KeptLines = 40;

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private PinnedProcess(Process process)
    {
        _process = process;
        process.OutputDataReceived += Keep;
        process.ErrorDataReceived += Keep;
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>The last lines that it wrote.</summary>
    public string Output => string.Join('\n', _lines);

    public static PinnedProcess Start(
        int core, string file, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        var info = new ProcessStartInfo("taskset", ["-c", $"{core}", file, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = AppContext.BaseDirectory,
        };
        info.Environment.Remove("ASPNETCORE_ENVIRONMENT");
        info.Environment.Remove("DOTNET_ENVIRONMENT");
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) info.Environment[name] = value;
        return new PinnedProcess(Process.Start(info)!);
    }

    /// <summary>Moves this process, with all its threads, to one core.</summary>
    public static void PinSelf(int core)
    {
        using var taskset = Process.Start(new ProcessStartInfo("taskset", ["-a", "-c", "-p", $"{core}", $"{Environment.ProcessId}"])
        {
            RedirectStandardOutput = true,
        })!;
        taskset.WaitForExit();
    }

    /// <summary>Waits until it has ended by itself.</summary>
    public async Task<string> EndAsync(CancellationToken cancellationToken)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return Output;
    }

    /// <summary>Sends SIGTERM and waits until it has ended.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        using (var kill = Process.Start("kill", ["-TERM", $"{Id}"])) await kill.WaitForExitAsync(cancellationToken);
        await EndAsync(cancellationToken);
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        if (line.Data is null) return;
        _lines.Enqueue(line.Data);
        if (_lines.Count > KeptLines) _lines.TryDequeue(out _);
    }
}
