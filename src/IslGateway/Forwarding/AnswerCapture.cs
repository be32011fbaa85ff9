using System.IO.Pipelines;
using IslGateway.Content;

namespace IslGateway.Forwarding;

/// <summary>
/// Takes an answer's body: into one buffer up to a size, and once it outgrows that, through a pipe, no faster than its reader reads.
/// </summary>
internal sealed class AnswerCapture(BufferBudget budget, long maxSize) : SinkStream
{
    private readonly PooledBuffer _captured = new(budget.ForFills, Math.Min(maxSize, PooledBuffer.MaxLimit));
    private readonly Pipe _rest = new(new PipeOptions(pauseWriterThreshold: 256 * 1024, resumeWriterThreshold: 128 * 1024));
    private readonly TaskCompletionSource _overflowed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when the answer has outgrown the buffer.</summary>
    public Task Overflowed => _overflowed.Task;

    /// <summary>What was captured before that.</summary>
    public ReadOnlyMemory<byte> Captured => _captured.WrittenMemory;

    /// <summary>What comes after it. Completing it ends the call.</summary>
    public PipeReader Rest => _rest.Reader;

    /// <summary>Whether all buffers together left no room.</summary>
    public bool IsOverBudget { get; private set; }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (!_overflowed.Task.IsCompleted)
        {
            switch (_captured.Append(buffer.Span))
            {
                case BufferOutcome.Ok:
                    return;
                case BufferOutcome.BudgetExceeded:
                    IsOverBudget = true;
                    throw new IOException("No buffer is left for the answer.");
                default:
                    _overflowed.TrySetResult();
                    break;
            }
        }

        var flushed = await _rest.Writer.WriteAsync(buffer, cancellationToken);
        if (flushed.IsCompleted) throw new IOException("Nobody reads the rest of the answer.");
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>The call has ended, well or not.</summary>
    public ValueTask CompleteAsync(Exception? failure) => _rest.Writer.CompleteAsync(failure);

    /// <summary>Gives the buffer back; the rest, if there is one, goes on.</summary>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _captured.Dispose();
        base.Dispose(disposing);
    }
}
