using System.Diagnostics;
using IslGateway.Endpoints;
using IslGateway.Telemetry;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Upstream;

/// <summary>
/// The headers that a fill sends, and no others. A header that is not in the key must not reach ISL, or one caller could influence
/// another's answer.
/// </summary>
internal static class FillHeaders
{
    public const string RequestId = "X-Request-Id";

    private const string Json = "application/json";

    /// <summary>Headers for filling a row's entry.</summary>
    public static IHeaderDictionary ForFill(
        HttpRequest caller, EndpointRow row, IReadOnlyList<string> credentialHeaders, string requestId, int bodyLength)
    {
        var headers = Common(caller.Headers, credentialHeaders, requestId);

        // From the connection, which the key contains, not from a header that the caller may invent.
        if (caller.IsHttps) headers[CallerScheme.Header] = Uri.UriSchemeHttps;
        foreach (var name in row.KeyHeaders) Copy(caller.Headers, headers, name);
        headers[HeaderNames.ContentType] = Json;
        headers.ContentLength = bodyLength;
        return headers;
    }

    /// <summary>Headers for checking a credential.</summary>
    public static IHeaderDictionary ForProbe(IHeaderDictionary caller, IReadOnlyList<string> credentialHeaders, string requestId) =>
        Common(caller, credentialHeaders, requestId);

    private static HeaderDictionary Common(IHeaderDictionary caller, IReadOnlyList<string> credentialHeaders, string requestId)
    {
        var headers = new HeaderDictionary(8);
        foreach (var name in credentialHeaders) Copy(caller, headers, name);
        CopyTrace(caller, headers);
        if (Via.Gateways(caller.Via) is { Count: > 0 } gateways) headers[Via.Header] = gateways;
        headers[HeaderNames.Accept] = Json;
        headers[HeaderNames.AcceptEncoding] = "identity";
        headers[RequestId] = requestId;
        return headers;
    }

    /// <summary>
    /// The call is a child of the caller's span, since it is made for everyone who asks; where its own span is recorded, it is named in
    /// place of this one. A trace state belongs to its trace: it means nothing without a <c>traceparent</c> that is one.
    /// </summary>
    private static void CopyTrace(IHeaderDictionary from, HeaderDictionary to)
    {
        // Where spans are recorded, this gateway has decided whether this trace is sampled.
        if (GatewayActivity.IsRecording && Activity.Current is { } request)
        {
            to[HeaderNames.TraceParent] = ChildOf(request.Context);
            if (request.TraceStateString is { Length: > 0 } state) to[HeaderNames.TraceState] = state;
        }
        else if (from.TraceParent is [{ } parent] && ActivityContext.TryParse(parent, null, out var trace))
        {
            to[HeaderNames.TraceParent] = ChildOf(trace);
            Copy(from, to, HeaderNames.TraceState);
        }
    }

    private static string ChildOf(ActivityContext parent) =>
        $"00-{parent.TraceId}-{ActivitySpanId.CreateRandom()}-{(byte)parent.TraceFlags:x2}";

    private static void Copy(IHeaderDictionary from, HeaderDictionary to, string name)
    {
        if (from.TryGetValue(name, out var values)) to[name] = values;
    }
}
