using IslGateway.Endpoints;
using IslGateway.Journey;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching.Filling;

/// <summary>
/// The headers that a fill sends: these and no others. Whatever is not in the key must not reach ISL, or one caller could place
/// content in another's answer.
/// </summary>
internal static class FillHeaders
{
    public const string RequestId = "X-Request-Id";

    /// <summary>Headers for filling a row's entry.</summary>
    public static IHeaderDictionary ForFill(IHeaderDictionary caller, EndpointRow row, string[] credentialHeaders, string requestId, int bodyLength)
    {
        var headers = Common(caller, credentialHeaders, requestId);
        foreach (var name in row.KeyHeaders) Copy(caller, headers, name);
        headers[HeaderNames.ContentType] = "application/json";
        headers.ContentLength = bodyLength;
        return headers;
    }

    /// <summary>Headers for checking a credential.</summary>
    public static IHeaderDictionary ForProbe(IHeaderDictionary caller, string[] credentialHeaders, string requestId) =>
        Common(caller, credentialHeaders, requestId);

    private static HeaderDictionary Common(IHeaderDictionary caller, string[] credentialHeaders, string requestId)
    {
        var headers = new HeaderDictionary(8);
        foreach (var name in credentialHeaders) Copy(caller, headers, name);
        Copy(caller, headers, HeaderNames.Accept);
        Copy(caller, headers, HeaderNames.TraceParent);
        if (Via.Gateways(caller.Via) is { Count: > 0 } gateways) headers[Via.Header] = gateways;
        headers[HeaderNames.AcceptEncoding] = "identity";
        headers[RequestId] = requestId;
        return headers;
    }

    private static void Copy(IHeaderDictionary from, HeaderDictionary to, string name)
    {
        if (from.TryGetValue(name, out var values)) to[name] = values;
    }
}
