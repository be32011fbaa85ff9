using System.IO.Pipelines;
using IslGateway.Caching.Credentials;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Upstream;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching.Answers;

/// <summary>
/// Writes an answer to a caller: the stored part, the caller's own id in the gaps, and the headers that are made for each request.
/// </summary>
internal static class AnswerWriter
{
    /// <summary>Bodies from this size are gzipped for callers who accept it: ISL's own threshold.</summary>
    private const int GzipFrom = 1_000;

    /// <summary>Writes a stored or shared answer.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="answer">What to write.</param>
    /// <param name="own">Headers of ISL's answer that this caller alone is given; null if it has none.</param>
    public static async Task WriteAsync(CacheContext context, StoredAnswer answer, IReadOnlyList<KeyValuePair<string, string>>? own = null)
    {
        // A slow caller can make this write last long, so the request's body is released first.
        context.Body?.Dispose();
        if (!MayWrite(context, answer, own)) return;
        var length = answer.LengthFor(context.RequestId);
        var gzip = WriteHead(context, answer, own) is null && length >= GzipFrom
            && !answer.IsNotToBePacked && AcceptedCodings.HaveGzip(context.Http.Request.Headers);
        var response = context.Http.Response;
        if (answer.StatusCode is StatusCodes.Status204NoContent or StatusCodes.Status205ResetContent or StatusCodes.Status304NotModified)
            return;
        if (length >= GzipFrom) AddVary(response.Headers);

        // Fills may not use the whole buffer budget, so that hits always find some room.
        var room = context.Outcome.IsHit ? context.Buffers : context.Buffers.ForFills;
        if (gzip && await TryWriteGzipAsync(context, answer, room)) return;
        if (!await AnswerPieces.TryWriteAsync(context.Http, answer, context.RequestId, room)) context.Fail(Problems.BuffersFull());
    }

    /// <summary>Writes ISL's refusal of a credential.</summary>
    public static Task WriteRefusalAsync(CacheContext context, CredentialRefusal refusal, CacheOutcome outcome)
    {
        var result = FillResult.Refused(refusal);
        context.Outcome = outcome with { ForwardStatus = result.ForwardStatus };
        return WriteAsync(context, result.Answer!, result.LeaderHeaders);
    }

    /// <summary>Streams an answer that outgrew the cache to the one caller who may have it.</summary>
    public static async Task StreamAsync(CacheContext context, FillResult result, PipeReader rest)
    {
        if (!MayWrite(context, result.Answer!, result.LeaderHeaders))
        {
            await rest.CompleteAsync();
            return;
        }

        WriteHead(context, result.Answer!, result.LeaderHeaders);
        await StreamAsync(context, result.Answer!.Body, rest);
    }

    /// <summary>Streams a body whose first part has arrived and whose rest is still arriving.</summary>
    public static async Task StreamAsync(CacheContext context, ReadOnlyMemory<byte> first, PipeReader rest)
    {
        context.Body?.Dispose();
        try
        {
            using (context.Buffers.Hold(first.Length)) await AnswerPieces.WriteAsync(context.Http, first);
            await rest.CopyToAsync(context.Http.Response.BodyWriter, context.Http.RequestAborted);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // ISL broke off or the caller left: the connection is aborted, so that the part that was sent does not look like a whole
            // answer.
            var hasLeft = context.Http.RequestAborted.IsCancellationRequested
                || (e as OperationCanceledException)?.CancellationToken == context.Http.RequestAborted;
            if (!hasLeft) context.BrokeOff = true;
            context.Http.Abort();
        }
        finally
        {
            await rest.CompleteAsync();
        }
    }

    /// <summary>The headers of a stored or shared answer have been checked before; those for the leader alone may not have been.</summary>
    private static bool MayWrite(CacheContext context, StoredAnswer answer, IReadOnlyList<KeyValuePair<string, string>>? own)
    {
        if (own is null || (FieldText.IsWritable(answer.Headers) && FieldText.IsWritable(own))) return true;
        context.Fail(Problems.InvalidAnswer());
        return false;
    }

    private static string? WriteHead(CacheContext context, StoredAnswer answer, IReadOnlyList<KeyValuePair<string, string>>? leaders)
    {
        var headers = context.Http.Response.Headers;
        context.Http.Response.StatusCode = answer.StatusCode;
        var lines = answer.Kept.Lines;
        for (var i = 0; i < lines.Count; i++)
        {
            var (name, values, kind) = lines[i];

            // HSTS must not be sent over an insecure connection (RFC 6797, section 7.2), whatever connection ISL sent it on.
            if (kind == KeptHeaders.Kind.TlsOnly && leaders is null && !CallerScheme.IsTls(context.Http.Request)) continue;
            headers[name] = kind == KeptHeaders.Kind.Trace ? TraceHeaders.ValueFor(name, context.Http.Request.Headers, context) : values;
        }

        // The leader gets its own headers as ISL sent them, in place of the stored ones of the same name.
        foreach (var (name, _) in leaders ?? []) headers.Remove(name);
        foreach (var (name, value) in leaders ?? []) AddLine(headers, name, value);
        return headers.ContentEncoding is [{ Length: > 0 } coding] ? coding : null;
    }

    /// <summary>Adds a header line even if its value is empty, which the framework's own <c>Append</c> leaves out.</summary>
    private static void AddLine(IHeaderDictionary headers, string name, string value) =>
        headers[name] = StringValues.Concat(headers[name], value);

    /// <summary>
    /// Sends the answer packed. False, with nothing written, if there is no room, or the packed form is no smaller: then it goes as it is.
    /// </summary>
    private static async ValueTask<bool> TryWriteGzipAsync(CacheContext context, StoredAnswer answer, BufferBudget room)
    {
        if (answer.Pack(room) is not { } packed) return false;
        var length = packed.LengthFor(context.RequestId);
        var response = context.Http.Response;
        if (length <= AnswerPieces.Size)
        {
            DescribePacked(response.Headers);
            response.ContentLength = length;
            await AnswerPieces.StartAsync(context.Http);
            packed.Write(response.BodyWriter, context.RequestId);
            await AnswerPieces.FlushAsync(context.Http, (int)length);
            return true;
        }

        using var whole = new PooledBuffer(room, length);
        if (whole.Reserve((int)length) != BufferOutcome.Ok) return false;
        packed.Write(whole, context.RequestId);
        DescribePacked(response.Headers);
        response.ContentLength = length;
        await AnswerPieces.WriteAsync(context.Http, whole.WrittenMemory);
        return true;
    }

    /// <summary>
    /// Headers that describe the plain bytes do not hold for compressed ones. ISL leaves out its own hash, too, where it compresses.
    /// </summary>
    private static void DescribePacked(IHeaderDictionary headers)
    {
        headers.ContentEncoding = "gzip";
        headers.Remove(AnswerReader.ResponseHash);
        BodyDigests.Remove(headers);
        if (headers.ETag is [['"', ..] strong]) headers.ETag = "W/" + strong;
    }

    private static void AddVary(IHeaderDictionary response)
    {
        if (response.Vary.Count == 0) response.Vary = HeaderNames.AcceptEncoding;
        else if (!response.GetCommaSeparatedValues(HeaderNames.Vary).Contains(HeaderNames.AcceptEncoding, StringComparer.OrdinalIgnoreCase))
            response.AppendCommaSeparatedValues(HeaderNames.Vary, HeaderNames.AcceptEncoding);
    }
}
