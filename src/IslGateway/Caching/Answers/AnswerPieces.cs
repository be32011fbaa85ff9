using System.Buffers;
using System.Text;
using IslGateway.Content;

namespace IslGateway.Caching.Answers;

/// <summary>
/// Writes bodies so that a slow reader costs a bounded buffer: no more than one piece is handed to the server before it was told to send,
/// and the next waits until the caller has taken enough of it.
/// </summary>
internal static class AnswerPieces
{
    /// <summary>Bytes that are written at once; a body up to this size is one piece.</summary>
    public const int Size = 64 * 1024;

    /// <summary>Writes a body as it is.</summary>
    public static async Task WriteAsync(HttpContext context, ReadOnlyMemory<byte> body)
    {
        if (!body.IsEmpty) await FlushAsync(context, await AppendAsync(context, body, 0));
    }

    /// <summary>
    /// Writes an answer with an id in its gaps. While a large one is on its way it counts as a buffer, once for all who read it: a store
    /// may drop it meanwhile, and then they alone hold it.
    /// </summary>
    /// <returns>False if there is no room for it; nothing was written then.</returns>
    public static async ValueTask<bool> TryWriteAsync(HttpContext context, StoredAnswer answer, string requestId, BufferBudget budget)
    {
        var length = answer.LengthFor(requestId);
        if (length <= Size)
        {
            context.Response.ContentLength = length;
            Write(context.Response.BodyWriter, answer, requestId);
            await FlushAsync(context, (int)length);
            return true;
        }

        if (!answer.TryHold(budget)) return false;
        try
        {
            context.Response.ContentLength = length;
            var id = Encoding.ASCII.GetBytes(requestId);
            var (from, unsent) = (0, 0);
            foreach (var gap in answer.IdGaps)
            {
                unsent = await AppendAsync(context, answer.Body[from..gap], unsent);
                unsent = await AppendAsync(context, id, unsent);
                from = gap;
            }

            await FlushAsync(context, await AppendAsync(context, answer.Body[from..], unsent));
            return true;
        }
        finally
        {
            answer.LetGo(budget);
        }
    }

    /// <summary>Writes an answer with an id in its gaps to where it takes no waiting.</summary>
    public static void Write(IBufferWriter<byte> writer, StoredAnswer answer, string requestId)
    {
        var from = 0;
        foreach (var gap in answer.IdGaps)
        {
            writer.Write(answer.Body.Span[from..gap]);
            Encoding.ASCII.GetBytes(requestId, writer);
            from = gap;
        }

        writer.Write(answer.Body.Span[from..]);
    }

    /// <returns>Bytes written that were not sent yet.</returns>
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

    /// <summary>Sends what was written, and waits while the caller takes too little of it.</summary>
    public static async ValueTask FlushAsync(HttpContext context, int unsent)
    {
        if (unsent == 0) return;
        var sent = await context.Response.BodyWriter.FlushAsync(context.RequestAborted);

        // Nobody reads any more: what is left need not be written.
        if (sent.IsCompleted || sent.IsCanceled) throw new OperationCanceledException(context.RequestAborted);
    }
}
