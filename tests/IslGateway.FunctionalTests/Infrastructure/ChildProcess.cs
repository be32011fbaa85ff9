using System.Diagnostics;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>A program started by a test; disposing it kills it and whatever it started.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    // A grandchild that inherited the pipes can hold them open for ever.
    private static readonly TimeSpan OutputGrace = TimeSpan.FromSeconds(10);

    private readonly Process _process;
    private readonly ProcessOutput _output = new();
    private readonly Task<int> _exited;

    public ChildProcess(Process process)
    {
        _process = process;
        Id = process.Id;
        _exited = FollowAsync();
    }

    public int Id { get; }

    public bool HasExited => _exited.IsCompleted || _process.HasExited;

    /// <summary>The last 1,000 lines of standard output and standard error.</summary>
    public string Output => _output.ToString();

    /// <summary>Writes all of the standard input and closes it. A program that does not read to the end is no error.</summary>
    public async Task WriteInputAsync(string input)
    {
        try
        {
            await _process.StandardInput.WriteAsync(input.AsMemory(), TestContext.Current.CancellationToken);
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The exit code tells what the program made of it.
        }
    }

    /// <summary>Waits for a line that contains <paramref name="text"/>, written already or to come, and returns it.</summary>
    public async Task<string> WaitForLineAsync(string text, TimeSpan timeout)
    {
        try
        {
            return await _output.FindAsync(line => line.Contains(text, StringComparison.Ordinal)).WaitAsync(
                timeout, TimeProvider.System, TestContext.Current.CancellationToken)
                ?? throw new InvalidOperationException($"Process {Id} ended without the line \"{text}\". It wrote:\n{Output}");
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Process {Id} did not write \"{text}\" within {timeout.TotalSeconds} s. It wrote:\n{Output}");
        }
    }

    /// <summary>Waits for the end, its output included, and returns the exit code (128 + signal when a signal ended it).</summary>
    public async Task<int> WaitForExitAsync(TimeSpan timeout)
    {
        try
        {
            return await _exited.WaitAsync(timeout, TimeProvider.System, TestContext.Current.CancellationToken);
        }
        catch (TimeoutException)
        {
            throw new TimeoutException($"Process {Id} did not end within {timeout.TotalSeconds} s. It wrote:\n{Output}");
        }
    }

    /// <summary>Asks the process to end, as `docker stop` and Kubernetes do.</summary>
    public void Terminate() => Send(UnixSignal.Terminate);

    public void Send(UnixSignal signal)
    {
        if (!HasExited)
            signal.SendTo(Id);
    }

    /// <summary>Ends the process and its descendants with no chance to tidy up, and returns at once.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has ended already.
        }
    }

    public async Task KillAsync()
    {
        Kill();
        await _exited;
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private async Task<int> FollowAsync()
    {
        var output = Task.WhenAll(_output.ReadAsync(_process.StandardOutput), _output.ReadAsync(_process.StandardError));
        await _process.WaitForExitAsync(CancellationToken.None);
        await Task.WhenAny(output, Task.Delay(OutputGrace, TimeProvider.System, CancellationToken.None));
        _output.End();
        Processes.Forget(this);
        return _process.ExitCode;
    }
}
