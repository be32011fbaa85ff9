using IslGateway.Benchmarks.Processes;

namespace IslGateway.Benchmarks.Servers;

/// <summary>A server under test: a process on the core that all of them are measured on, one at a time.</summary>
internal abstract class Server(Bench bench) : IDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private PinnedProcess? _process;

    /// <summary>Its name in tables and options.</summary>
    public abstract string Name { get; }

    public int Port { get; } = FreePort.Next();

    public int ProcessId => _process!.Id;

    public bool IsStarted => _process is not null;

    /// <summary>Looks into its runtime; null where that is not .NET.</summary>
    public RuntimeProbe? Probe { get; init; }

    protected Bench Bench => bench;

    protected abstract string Program { get; }

    protected abstract IEnumerable<string> Arguments { get; }

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Launch();
        await ReadyAsync(cancellationToken);
    }

    /// <summary>Starts the process and does not wait for it.</summary>
    public void Launch() => _process = PinnedProcess.Start(Bench.ServerCore, Program, Arguments, Probe?.Environment);

    /// <summary>Waits until it serves.</summary>
    public async Task ReadyAsync(CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(StartTimeout);
        while (!await IsReadyAsync(timeout.Token))
        {
            if (_process!.HasEnded) throw new InvalidOperationException($"{Name} ended at its start:\n{_process.Output}");
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, timeout.Token);
        }
    }

    /// <summary>Asks it to end, and waits until it has.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _process!.StopAsync(cancellationToken);
        Dispose();
    }

    public virtual void Dispose()
    {
        _process?.Dispose();
        Probe?.Dispose();
        _process = null;
    }

    protected virtual Task<bool> IsReadyAsync(CancellationToken cancellationToken) => Http.AnswersAsync(Port, cancellationToken);
}
