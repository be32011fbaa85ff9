using System.IO.Pipelines;
using IslGateway.Content;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Captures an answer's body: up to a size in one buffer; the rest through a pipe, no faster than its reader reads.</summary>
internal sealed class AnswerCapture(BufferBudget budget, long maxSize) : SinkStream
{
    /// <summary>How long the reader may make ISL wait before the reader counts as slow.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly PooledBuffer _captured = new(budget.ForFills, Math.Min(maxSize, PooledBuffer.MaxLimit));
    private readonly TaskCompletionSource _held = new();
    private Pipe? _rest;
    private TaskCompletionSource? _flowing;

    /// <summary>
    /// Ends when no more comes into the buffer: when the call has ended, or as soon as the answer has outgrown the buffer.
    /// </summary>
    public Task Held => _held.Task;

    /// <summary>The captured part of the body.</summary>
    public ReadOnlyMemory<byte> Captured => _captured.WrittenMemory;

    /// <summary>The rest of the body; null unless the answer has outgrown the buffer. Completing it ends the call.</summary>
    public PipeReader? Rest => _rest?.Reader;

    /// <summary>Ends with the call, or as soon as the reader of the rest counts as slow.</summary>
    public Task Flowing => _flowing?.Task ?? Task.CompletedTask;

    /// <summary>Whether the buffer budget had no room.</summary>
    public bool IsOverBudget { get; private set; }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (_rest is null)
        {
            switch (_captured.Append(buffer.Span))
            {
                case BufferOutcome.Ok:
                    return;
                case BufferOutcome.BudgetExceeded:
                    IsOverBudget = true;
                    throw new IOException("No buffer is left for the answer.");
                default:
                    _flowing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    _rest = new Pipe(new PipeOptions(pauseWriterThreshold: 256 * 1024, resumeWriterThreshold: 128 * 1024));

                    // The answer must not wait for whoever reads its beginning.
                    ThreadPool.UnsafeQueueUserWorkItem(static held => held.TrySetResult(), _held, preferLocal: false);
                    break;
            }
        }

        var writing = _rest.Writer.WriteAsync(buffer, cancellationToken);
        var flushed = writing.IsCompleted || _flowing!.Task.IsCompleted ? await writing : await WriteSlowlyAsync(writing.AsTask());
        if (flushed.IsCompleted) throw new IOException("Nobody reads the rest of the answer.");
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>To be called when the call has ended, with its failure if it failed.</summary>
    public ValueTask CompleteAsync(Exception? failure)
    {
        _flowing?.TrySetResult();
        var completing = _rest?.Writer.CompleteAsync(failure) ?? default;
        _held.TrySetResult();
        return completing;
    }

    private async Task<FlushResult> WriteSlowlyAsync(Task<FlushResult> writing)
    {
        await ((Task)writing).WaitAsync(Patience, TimeProvider.System).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!writing.IsCompleted) _flowing!.TrySetResult();
        return await writing;
    }

    /// <summary>Releases the buffer; the rest, if there is one, goes on.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _captured.Dispose();
        base.Dispose(disposing);
    }
}
