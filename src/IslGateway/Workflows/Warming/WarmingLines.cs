using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using IslGateway.Content;

namespace IslGateway.Workflows.Warming;

/// <summary>
/// Reads lines one at a time, however long the whole is. A line that is too long is passed over; where the buffers have no room for one, it
/// waits until they have.
/// </summary>
internal sealed class WarmingLines(BufferBudget budget, TimeProvider time)
{
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(50);

    /// <summary>The lines, blank ones too; each is to be disposed.</summary>
    /// <param name="reader">Where they come from.</param>
    /// <param name="longest">Bytes of the longest line that is read.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async IAsyncEnumerable<WarmingLine> ReadAsync(
        PipeReader reader, long longest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        PooledBuffer? text = null;
        try
        {
            var isLast = false;
            for (var number = 1L; !isLast; number++)
            {
                text = new PooledBuffer(budget.ForFills, longest);
                (var isTooLong, isLast) = await ReadLineAsync(reader, text, cancellationToken);
                var line = new WarmingLine(number, isTooLong ? null : text);
                if (isTooLong) text.Dispose();
                text = null;
                yield return line;
            }
        }
        finally
        {
            text?.Dispose();
        }
    }

    private async Task<(bool IsTooLong, bool IsLast)> ReadLineAsync(
        PipeReader reader, PooledBuffer text, CancellationToken cancellationToken)
    {
        var isTooLong = false;
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            var end = read.Buffer.PositionOf((byte)'\n');
            foreach (var part in end is { } at ? read.Buffer.Slice(0, at) : read.Buffer)
                isTooLong = isTooLong || !await TryAppendAsync(text, part, cancellationToken);
            reader.AdvanceTo(end is { } newline ? read.Buffer.GetPosition(1, newline) : read.Buffer.End);
            if (end is not null || read.IsCompleted) return (isTooLong, end is null);
        }
    }

    private async Task<bool> TryAppendAsync(PooledBuffer text, ReadOnlyMemory<byte> part, CancellationToken cancellationToken)
    {
        while (true)
        {
            switch (text.Append(part.Span))
            {
                case BufferOutcome.Ok:
                    return true;
                case BufferOutcome.LimitExceeded:
                    return false;
                default:
                    await Task.Delay(Look, time, cancellationToken);
                    break;
            }
        }
    }
}
