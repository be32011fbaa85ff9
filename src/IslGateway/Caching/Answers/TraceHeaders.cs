using System.Buffers;

namespace IslGateway.Caching.Answers;

/// <summary>
/// Headers in which ISL repeats the caller's own ids. An answer is kept with their names alone, to tell that this ISL sends them, and each
/// caller is given its own values.
/// </summary>
internal static class TraceHeaders
{
    public const string TraceId = "x-trace-id";
    public const string TraceReceived = "x-olumi-trace-received";
    private const string PayloadHash = "x-olumi-payload-hash";
    private const int MaxLength = 128;

    private static readonly SearchValues<char> Alphabet =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-");

    /// <summary>The headers' names.</summary>
    public static IReadOnlyList<string> Names { get; } = [TraceId, TraceReceived];

    /// <summary>
    /// What ISL would have written to this caller: as <c>x-trace-id</c> its request id, or its trace id if it brought no request id; as
    /// <c>x-olumi-trace-received</c> its request id and its payload hash.
    /// </summary>
    public static string ValueFor(string name, IHeaderDictionary request, CacheContext context) => name == TraceId
        ? (context.HasOwnId ? null : Given(request, TraceId)) ?? context.RequestId
        : $"{context.RequestId}:{Given(request, PayloadHash) ?? "none"}";

    /// <summary>
    /// Gives a caller that brought a trace id and no request id its own back where ISL was told the gateway's request id and repeats that,
    /// and on the gateway's own errors.
    /// </summary>
    public static void Restore(CacheContext context)
    {
        var headers = context.Http.Response.Headers;
        var isOurs = context.Problem is not null || (context.Row is not null && headers.ContainsKey(TraceId));
        if (isOurs && !context.HasOwnId && Given(context.Http.Request.Headers, TraceId) is { } own) headers[TraceId] = own;
    }

    private static string? Given(IHeaderDictionary request, string name) =>
        request[name] is [{ Length: > 0 and <= MaxLength } value] && !value.AsSpan().ContainsAnyExcept(Alphabet) ? value : null;
}
