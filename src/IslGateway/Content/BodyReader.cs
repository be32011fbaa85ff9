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
        if (contentLength > buffer.Limit)
            return BodyReadResult.TooLarge;

        while (true)
        {
            var read = await reader.ReadAsync(cancellationToken);
            if (Take(reader, read, contentLength, buffer) is { } done)
                return done;
        }
    }

    /// <summary>
    /// Appends what has arrived, without a wait. Null: more is to come, and <see cref="ReadAsync"/> goes on from here.
    /// </summary>
    public static BodyReadResult? TryReadBuffered(PipeReader reader, long? contentLength, PooledBuffer buffer)
    {
        if (contentLength > buffer.Limit)
            return BodyReadResult.TooLarge;

        while (reader.TryRead(out var read))
        {
            if (Take(reader, read, contentLength, buffer) is { } done)
                return done;
            if (read.Buffer.IsEmpty)
                break;
        }

        return null;
    }

    /// <summary>A copy of the body, if all of it has arrived; else null, and whoever reads next finds what has.</summary>
    public static byte[]? TryTakeWhole(PipeReader reader, long contentLength)
    {
        if (!reader.TryRead(out var read))
            return null;

        var (bytes, isWhole) = (read.Buffer, read is { IsCanceled: false, IsCompleted: true } && read.Buffer.Length == contentLength);
        try
        {
            return isWhole ? bytes.ToArray() : null;
        }
        finally
        {
            reader.AdvanceTo(isWhole ? bytes.End : bytes.Start);
        }
    }

    private static BodyReadResult? Take(PipeReader reader, ReadResult read, long? contentLength, PooledBuffer buffer)
    {
        if (buffer.Length == 0 && !read.Buffer.IsEmpty)
            _ = buffer.Reserve((int)Math.Min(contentLength ?? 0, MaxReservedAhead));

        var outcome = Append(buffer, read.Buffer);
        reader.AdvanceTo(read.Buffer.End);
        if (outcome != BufferOutcome.Ok)
            return outcome == BufferOutcome.LimitExceeded ? BodyReadResult.TooLarge : BodyReadResult.OverBudget;

        if (read.IsCanceled)
            throw new OperationCanceledException("The reading of the body was cancelled.");

        return read.IsCompleted ? BodyReadResult.Ok : null;
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
