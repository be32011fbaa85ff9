using IslGateway.Content;

namespace IslGateway.Redis;

/// <summary>What one waiting fill hears.</summary>
internal sealed class LeaseSignal(LeaseSignals all, Digest key) : IDisposable
{
    private volatile TaskCompletionSource _raised = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public Digest Key { get; } = key;

    /// <summary>Ends with the first signal after this call. Called before a look, so that nothing falls between the two.</summary>
    public Task NextAsync()
    {
        var raised = _raised;
        if (raised.Task.IsCompleted) _raised = raised = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        return raised.Task;
    }

    public void Raise() => _raised.TrySetResult();

    public void Dispose() => all.Remove(this);
}
