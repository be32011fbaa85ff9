using System.Buffers;
using System.Text;
using IslGateway.Content;

namespace IslGateway.Caching.Answers;

/// <summary>
/// Writes bodies in pieces, so that a slow reader costs a bounded buffer: a piece is flushed before the next is written, and the flush
/// waits until the caller has read enough.
/// </summary>
internal static class AnswerPieces
{
    /// <summary>Bytes that are written at once; a body up to this size is one piece.</summary>
    public const int Size = 64 * 1024;

    /// <summary>Writes a body as it is.</summary>
    public static async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        if (body.IsEmpty) return;
        await StartAsync(context);
        await FlushAsync(context, await AppendAsync(context, body, 0));
    }

    /// <summary>
    /// Writes an answer with the request id in its gaps. While a body larger than one piece is being written it counts as a buffer (once,
    /// however many callers read it), because the store may drop the answer meanwhile and only the readers keep it in memory then.
    /// </summary>
    /// <returns>False if the buffer budget has no room; nothing has been written then.</returns>
    public static async ValueTask<bool> TryWriteAsync(HttpContext context, StoredAnswer answer, string requestId, BufferBudget budget)
    {
        var length = answer.LengthFor(requestId);
        if (length <= Size)
        {
            context.Response.ContentLength = length;
            await StartAsync(context);
            Write(context.Response.BodyWriter, answer, requestId);
            await FlushAsync(context, (int)length);
            return true;
        }

        if (!answer.TryHold(budget)) return false;
        try
        {
            context.Response.ContentLength = length;
            await StartAsync(context);
            var (id, body) = (Encoding.ASCII.GetBytes(requestId), answer.Plain().AsMemory());
            var (from, unsent) = (0, 0);
            foreach (var gap in answer.IdGaps)
            {
                unsent = await AppendAsync(context, body[from..gap], unsent);
                unsent = await AppendAsync(context, id, unsent);
                from = gap;
            }

            await FlushAsync(context, await AppendAsync(context, body[from..], unsent));
            return true;
        }
        finally
        {
            answer.LetGo(budget);
        }
    }

    /// <summary>Writes an answer with the request id in its gaps to a buffer that never has to be flushed.</summary>
    public static void Write(IBufferWriter<byte> writer, StoredAnswer answer, string requestId)
    {
        var from = 0;
        ReadOnlySpan<byte> body = answer.Plain();
        foreach (var gap in answer.IdGaps)
        {
            writer.Write(body[from..gap]);
            Encoding.ASCII.GetBytes(requestId, writer);
            from = gap;
        }

        writer.Write(body[from..]);
    }

    /// <returns>How many written bytes are not flushed yet.</returns>
    private static async ValueTask<int> AppendAsync(HttpContext context, ReadOnlyMemory<byte> bytes, int unsent)
    {
        while (unsent + bytes.Length > Size)
        {
            var piece = Size - unsent;
            context.Response.BodyWriter.Write(bytes.Span[..piece]);
            await FlushAsync(context, Size);
            bytes = bytes[piece..];
            unsent = 0;
        }

        context.Response.BodyWriter.Write(bytes.Span);
        return unsent + bytes.Length;
    }

    /// <summary>Writes the head, unsent yet: without it, Kestrel first collects the body elsewhere and copies it then.</summary>
    public static Task StartAsync(HttpContext context) => context.Response.StartAsync(CancellationToken.None);

    /// <summary>Sends what was written, and waits while the caller takes too little of it.</summary>
    public static async ValueTask FlushAsync(HttpContext context, int unsent)
    {
        if (unsent == 0) return;
        // The server itself ends the wait when the caller has gone; asking for the token would cost every answer.
        var sent = await context.Response.BodyWriter.FlushAsync(CancellationToken.None);

        // The caller no longer reads, so the rest need not be written.
        if (sent.IsCompleted || sent.IsCanceled) throw new OperationCanceledException(context.RequestAborted);
    }
}
