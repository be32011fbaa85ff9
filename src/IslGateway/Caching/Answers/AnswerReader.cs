using IslGateway.Endpoints;
using IslGateway.Upstream;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching.Answers;

/// <summary>
/// Reads an answer of ISL: where it echoes the request id, and which of its headers belong to it rather than to one exchange.
/// </summary>
internal static class AnswerReader
{
    private const string Json = "application/json";

    /// <summary>
    /// Kept with an answer: what describes it, and what ISL says of itself. Everything else is made anew for each caller.
    /// </summary>
    private static readonly string[] KeptHeaders =
    [
        HeaderNames.ContentType, HeaderNames.ContentLanguage, HeaderNames.XContentTypeOptions, HeaderNames.XFrameOptions,
        HeaderNames.XXSSProtection, HeaderNames.ContentSecurityPolicy, HeaderNames.StrictTransportSecurity,
        "Referrer-Policy", "Permissions-Policy",
        "x-olumi-service", "x-olumi-service-build", "x-olumi-downstream-calls", "X-Isl-Simulated",
    ];

    /// <summary>ISL's hash of the body with the id in it: right only while no other id takes its place.</summary>
    public const string ResponseHash = "x-olumi-response-hash";

    /// <summary>What is about one transfer and no other, or is made anew for each caller. All else is at least the leader's.</summary>
    private static readonly HashSet<string> MadeAnew = new(StringComparer.OrdinalIgnoreCase)
    {
        HeaderNames.Date, HeaderNames.ContentLength, HeaderNames.Trailer,
        FillHeaders.RequestId, TraceHeaders.TraceId, TraceHeaders.TraceReceived,
    };

    /// <summary>
    /// Of these, one that cannot be written makes the answer a broken one. Any other that the gateway does not know is left out.
    /// </summary>
    private static readonly string[] Weighty =
        [
        "x-ratelimit-limit", "x-ratelimit-remaining", "x-processing-time-ms",
        HeaderNames.CacheControl, HeaderNames.SetCookie, HeaderNames.Vary, HeaderNames.ContentEncoding,
    ];

    /// <summary>What an answer other than 200 says to everyone who asked.</summary>
    private static readonly string[] OutcomeHeaders =
        [HeaderNames.RetryAfter, HeaderNames.WWWAuthenticate, HeaderNames.Allow, HeaderNames.Location];

    /// <summary>Where ISL's answers echo the request id, unless a row says otherwise.</summary>
    public static AnswerPlaces DefaultPlaces { get; } = new([.. EndpointRow.DefaultEchoedId.Select(JsonPointer.Parse)]);

    /// <summary>The answer with a gap wherever it echoes the id that was sent, at one of these places.</summary>
    public static StoredAnswer Shape(UpstreamAnswer answer, AnswerPlaces places, string requestId) =>
        Shape(answer, AnswerScan.Of(answer.Body.Span, places, requestId), requestId);

    /// <summary>The answer with a gap wherever it echoes the id that was sent.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="scan">What was found in it; null: it is no JSON.</param>
    /// <param name="requestId">The id that was sent.</param>
    public static StoredAnswer Shape(UpstreamAnswer answer, AnswerScan? scan, string requestId)
    {
        int[] gaps = scan is not null && IsJson(answer.Headers) ? [.. scan.Echoes] : [];
        return new StoredAnswer
        {
            StatusCode = answer.StatusCode,
            Headers = [.. Kept(answer), .. gaps.Length == 0 ? Pick(answer.Headers, [ResponseHash]) : []],
            Body = CutOut(answer.Body, gaps, requestId.Length),
            IdGaps = [.. gaps.Select((offset, i) => offset - (i * requestId.Length))],
            IsNotToBePacked = CacheDirectives.Of(answer.Headers.CacheControl).ForbidsPacking,
            UpstreamDuration = answer.Duration,
        };
    }

    /// <summary>
    /// The headers of an answer that are its leader's alone: whatever ISL gives that is not kept and not made anew, the gateway knows it or
    /// not. Nobody can say of it whether it is another caller's as well.
    /// </summary>
    public static IReadOnlyList<KeyValuePair<string, string>> ForLeader(UpstreamAnswer answer)
    {
        var own = answer.Headers.Where(header => !MadeAnew.Contains(header.Key) && !IsKept(header.Key, answer.StatusCode));
        return
        [
            .. own.SelectMany(header => header.Value, (header, value) => KeyValuePair.Create(header.Key, value ?? ""))
                .Where(line => FieldText.IsWritable(line.Key, line.Value) || Weighty.Contains(line.Key, StringComparer.OrdinalIgnoreCase)),
        ];
    }

    /// <summary>The headers of an answer that anyone may have.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Kept(UpstreamAnswer answer) =>
    [
        .. Pick(answer.Headers, KeptHeaders),
        .. answer.StatusCode == StatusCodes.Status200OK ? [] : Pick(answer.Headers, OutcomeHeaders),
        .. TraceHeaders.Names.Where(answer.Headers.ContainsKey).Select(name => KeyValuePair.Create(name, "")),
    ];

    private static bool IsKept(string name, int statusCode) =>
        KeptHeaders.Contains(name, StringComparer.OrdinalIgnoreCase)
        || (statusCode != StatusCodes.Status200OK && OutcomeHeaders.Contains(name, StringComparer.OrdinalIgnoreCase));

    /// <summary>Whether a content type is <c>application/json</c> or <c>*/*+json</c>, in UTF-8.</summary>
    public static bool IsJson(IHeaderDictionary headers) => headers.ContentType is [Json] || IsJson(headers.ContentType.ToString());

    private static bool IsJson(string contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase)
            || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static KeyValuePair<string, string>[] Pick(IHeaderDictionary headers, string[] names) =>
        [.. names.Where(headers.ContainsKey).SelectMany(name => headers[name], (name, value) => KeyValuePair.Create(name, value ?? ""))];

    private static ReadOnlyMemory<byte> CutOut(ReadOnlyMemory<byte> body, int[] gaps, int length)
    {
        if (gaps.Length == 0) return body;
        var cut = new byte[body.Length - (gaps.Length * length)];
        var (from, to) = (0, 0);
        foreach (var gap in gaps)
        {
            body.Span[from..gap].CopyTo(cut.AsSpan(to));
            to += gap - from;
            from = gap + length;
        }

        body.Span[from..].CopyTo(cut.AsSpan(to));
        return cut;
    }
}
