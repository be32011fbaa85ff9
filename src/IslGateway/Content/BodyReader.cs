using System.Buffers;
using System.IO.Pipelines;

namespace IslGateway.Content;

/// <summary>Reads a whole body into memory.</summary>
internal static class BodyReader
{
    /// <summary>
    /// The most bytes allocated because <c>Content-Length</c> announces them: announcing a large body and sending little must not hold
    /// memory.
    /// </summary>
    private const int MaxReservedAhead = 64 * 1024;

    /// <summary>
    /// Appends the body to <paramref name="buffer"/>. Nothing is allocated before the body's first byte has arrived. Transport failures
    /// (<c>BadHttpRequestException</c>, <c>ConnectionResetException</c>, <see cref="OperationCanceledException"/>) are thrown.
    /// </summary>
    /// <param name="reader">The body; read to the end unless it is refused.</param>
    /// <param name="contentLength">The announced length; a body announced as too large is refused unread.</param>
    /// <param name="buffer">The buffer, whose limit is the body's.</param>
    /// <param name="cancellationToken">Ends the wait for bytes.</param>
    public static async ValueTask<BodyReadResult> ReadAsync(
        PipeReader reader, long? contentLength, PooledBuffer buffer, CancellationToken cancellationToken)
    {
        if (contentLength > buffer.Limit - buffer.Length)
            return BodyReadResult.TooLarge;

        var ahead = (int)Math.Min(contentLength ?? 0, MaxReservedAhead);
        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            if (ahead > 0 && !read.Buffer.IsEmpty)
            {
                _ = buffer.Reserve(ahead);
                ahead = 0;
            }

            var outcome = Append(buffer, read.Buffer);
            reader.AdvanceTo(read.Buffer.End);
            if (outcome != BufferOutcome.Ok)
                return outcome == BufferOutcome.LimitExceeded ? BodyReadResult.TooLarge : BodyReadResult.OverBudget;

            if (read.IsCanceled)
                throw new OperationCanceledException("The reading of the body was cancelled.");

            if (read.IsCompleted)
                return BodyReadResult.Ok;
        }
    }

    private static BufferOutcome Append(PooledBuffer buffer, in ReadOnlySequence<byte> bytes)
    {
        foreach (var segment in bytes)
        {
            var outcome = buffer.Append(segment.Span);
            if (outcome != BufferOutcome.Ok)
                return outcome;
        }

        return BufferOutcome.Ok;
    }
}
