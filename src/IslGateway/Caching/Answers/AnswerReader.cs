using IslGateway.Endpoints;
using IslGateway.Upstream;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching.Answers;

/// <summary>
/// Reads ISL's answers: where an answer echoes the request id, and which headers belong to the answer itself rather than to one exchange.
/// </summary>
internal static class AnswerReader
{
    private const string Json = "application/json";

    /// <summary>Headers stored with an answer: they describe the body, or ISL itself.</summary>
    private static readonly string[] KeptHeaders =
    [
        HeaderNames.ContentType, HeaderNames.ContentLanguage, HeaderNames.XContentTypeOptions, HeaderNames.XFrameOptions,
        HeaderNames.XXSSProtection, HeaderNames.ContentSecurityPolicy, HeaderNames.StrictTransportSecurity,
        "Referrer-Policy", "Permissions-Policy",
        "x-olumi-service", "x-olumi-service-build", "x-olumi-downstream-calls", "X-Isl-Simulated",
    ];

    /// <summary>ISL's hash of the body, the request id included: it is right only if the id in the body is not replaced.</summary>
    public const string ResponseHash = "x-olumi-response-hash";

    /// <summary>
    /// Headers that describe one transfer, or that the gateway makes for each caller. The leader is given every other one.
    /// </summary>
    private static readonly HashSet<string> MadeAnew = new(StringComparer.OrdinalIgnoreCase)
    {
        HeaderNames.Date, HeaderNames.ContentLength, HeaderNames.Trailer,
        FillHeaders.RequestId, TraceHeaders.TraceId, TraceHeaders.TraceReceived,
    };

    /// <summary>Headers for the leader whose malformed value spoils the whole answer. Any other malformed header is left out.</summary>
    private static readonly string[] Weighty =
        [
        "x-ratelimit-limit", "x-ratelimit-remaining", "x-processing-time-ms",
        HeaderNames.CacheControl, HeaderNames.SetCookie, HeaderNames.Vary, HeaderNames.ContentEncoding,
    ];

    /// <summary>Headers that are also kept where the status is not 200.</summary>
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
    /// The headers that only the leader is given: all that are neither kept nor made for each caller, known to the gateway or not, since
    /// the gateway cannot tell whether they hold for another caller.
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

    /// <summary>The headers of an answer that every caller may be given.</summary>
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
