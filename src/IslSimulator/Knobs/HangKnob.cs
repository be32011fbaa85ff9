namespace IslSimulator.Knobs;

/// <summary>A gate at which calls wait: those of one path, or all except health.</summary>
public sealed class HangKnob(string? path)
{
    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public string? Path => path;

    internal void Release() => _released.TrySetResult();

    internal Task WaitAsync(string calledPath, bool isHealth, CancellationToken cancellationToken) =>
        (path is null ? !isHealth : path == calledPath) ? _released.Task.WaitAsync(cancellationToken) : Task.CompletedTask;
}
