using System.Buffers;

namespace IslGateway.Caching.Answers;

/// <summary>
/// Headers in which ISL repeats the caller's own ids. Only their names are stored, as a sign that this ISL sends them; each caller is given
/// its own values.
/// </summary>
internal static class TraceHeaders
{
    public const string TraceId = "x-trace-id";
    public const string TraceReceived = "x-olumi-trace-received";
    private const string PayloadHash = "x-olumi-payload-hash";
    private const int MaxLength = 128;

    /// <summary>The characters of an id that ISL accepts.</summary>
    public static readonly SearchValues<char> IdCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-");

    /// <summary>The headers' names.</summary>
    public static IReadOnlyList<string> Names { get; } = [TraceId, TraceReceived];

    /// <summary>
    /// What ISL would have sent to this caller. <c>x-trace-id</c>: its request id or, if it sent none, its trace id.
    /// <c>x-olumi-trace-received</c>: its request id and its payload hash.
    /// </summary>
    public static string ValueFor(string name, IHeaderDictionary request, CacheContext context) => name == TraceId
        ? (context.HasOwnId ? null : Given(request, TraceId)) ?? context.RequestId
        : $"{context.RequestId}:{Given(request, PayloadHash) ?? "none"}";

    /// <summary>
    /// Gives a caller that sent a trace id, but no request id, its own trace id back: ISL, and the gateway's own errors, would otherwise
    /// show the request id that the gateway made.
    /// </summary>
    public static void Restore(CacheContext context)
    {
        var headers = context.Http.Response.Headers;
        var isOurs = context.Problem is not null || (context.Row is not null && headers.ContainsKey(TraceId));
        if (isOurs && !context.HasOwnId && Given(context.Http.Request.Headers, TraceId) is { } own) headers[TraceId] = own;
    }

    private static string? Given(IHeaderDictionary request, string name) =>
        request[name] is [{ Length: > 0 and <= MaxLength } value] && !value.AsSpan().ContainsAnyExcept(IdCharacters) ? value : null;
}
