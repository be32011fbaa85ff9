using System.Collections.Frozen;
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

    private static readonly FrozenSet<string> KeptNames = KeptHeaders.ToFrozenSet(StringComparer.OrdinalIgnoreCase);

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
    public static AnswerPlaces DefaultPlaces { get; } = new(EndpointRow.DefaultEchoedId);

    /// <summary>The answer with a gap wherever it echoes the id that was sent, at one of these places.</summary>
    public static StoredAnswer Shape(UpstreamAnswer answer, AnswerPlaces places, string requestId) =>
        Shape(answer, AnswerScan.Of(answer.Body.Span, places, requestId), requestId);

    /// <summary>The answer with a gap wherever it echoes the id that was sent.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="scan">What was found in it; null: it is no JSON.</param>
    /// <param name="requestId">The id that was sent.</param>
    public static StoredAnswer Shape(UpstreamAnswer answer, AnswerScan? scan, string requestId)
    {
        var echoes = scan is not null && IsJson(answer.Headers) ? scan.Echoes : [];
        return new StoredAnswer
        {
            StatusCode = answer.StatusCode,
            Headers = Kept(answer, echoes.Count == 0),
            Body = CutOut(answer.Body, echoes, requestId.Length),
            IdGaps = GapsOf(echoes, requestId.Length),
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
        var own = new List<KeyValuePair<string, string>>();
        foreach (var (name, values) in answer.Headers)
        {
            if (MadeAnew.Contains(name) || IsKept(name, answer.StatusCode)) continue;
            foreach (var value in values)
            {
                if (FieldText.IsWritable(name, value ?? "") || Weighty.Contains(name, StringComparer.OrdinalIgnoreCase))
                    own.Add(KeyValuePair.Create(name, value ?? ""));
            }
        }

        return own;
    }

    /// <summary>The headers of an answer that every caller may be given.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="isVerbatim">Whether its body is kept as it came.</param>
    public static IReadOnlyList<KeyValuePair<string, string>> Kept(UpstreamAnswer answer, bool isVerbatim = false)
    {
        var kept = new List<KeyValuePair<string, string>>(KeptHeaders.Length);
        foreach (var name in KeptHeaders) Pick(answer.Headers, name, kept);
        if (answer.StatusCode != StatusCodes.Status200OK)
        {
            foreach (var name in OutcomeHeaders) Pick(answer.Headers, name, kept);
        }

        foreach (var name in TraceHeaders.Names)
        {
            if (answer.Headers.ContainsKey(name)) kept.Add(KeyValuePair.Create(name, ""));
        }

        if (isVerbatim) Pick(answer.Headers, ResponseHash, kept);
        return kept.ToArray();
    }

    private static bool IsKept(string name, int statusCode) =>
        KeptNames.Contains(name)
        || (statusCode != StatusCodes.Status200OK && OutcomeHeaders.Contains(name, StringComparer.OrdinalIgnoreCase));

    /// <summary>Whether a content type is <c>application/json</c> or <c>*/*+json</c>, in UTF-8.</summary>
    public static bool IsJson(IHeaderDictionary headers) => headers.ContentType is [Json] || IsJson(headers.ContentType.ToString());

    private static bool IsJson(string contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && (type.MediaType.Equals(Json, StringComparison.OrdinalIgnoreCase)
            || type.Suffix.Equals("json", StringComparison.OrdinalIgnoreCase))
        && (!type.Charset.HasValue || HeaderUtilities.RemoveQuotes(type.Charset).Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static void Pick(IHeaderDictionary headers, string name, List<KeyValuePair<string, string>> to)
    {
        if (!headers.TryGetValue(name, out var values)) return;
        foreach (var value in values) to.Add(KeyValuePair.Create(name, value ?? ""));
    }

    /// <summary>Where the echoes were, in the body without them.</summary>
    private static int[] GapsOf(IReadOnlyList<int> echoes, int length)
    {
        if (echoes.Count == 0) return [];
        var gaps = new int[echoes.Count];
        for (var i = 0; i < gaps.Length; i++) gaps[i] = echoes[i] - (i * length);
        return gaps;
    }

    private static ReadOnlyMemory<byte> CutOut(ReadOnlyMemory<byte> body, IReadOnlyList<int> gaps, int length)
    {
        if (gaps.Count == 0) return body;
        var cut = new byte[body.Length - (gaps.Count * length)];
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
