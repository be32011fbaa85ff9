using Microsoft.Net.Http.Headers;

namespace IslGateway.Workflows.Inner;

/// <summary>
/// Which headers an item may bring: none that says who asks, which host is asked, how a message is framed or which way it came. An item's
/// own header of such a name is left out, whatever it says.
/// </summary>
internal static class ItemHeaders
{
    /// <summary>Of this hop or of the message's framing.</summary>
    private static readonly string[] OfTheMessage =
    [
        HeaderNames.ContentLength, HeaderNames.TransferEncoding, HeaderNames.ContentEncoding, HeaderNames.Expect, HeaderNames.Connection,
        HeaderNames.KeepAlive, HeaderNames.ProxyConnection, HeaderNames.ProxyAuthorization, HeaderNames.TE, HeaderNames.Trailer,
        HeaderNames.Upgrade, HeaderNames.Accept, HeaderNames.AcceptEncoding, HeaderNames.Range,
    ];

    private static readonly HashSet<string> NotFromItems = new(OfTheMessage, StringComparer.OrdinalIgnoreCase)
    {
        HeaderNames.Host, HeaderNames.Via, HeaderNames.Cookie,
        "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP",
    };

    private static readonly HashSet<string> NotFromCalls = new(OfTheMessage, StringComparer.OrdinalIgnoreCase)
    {
        HeaderNames.ContentType, HeaderNames.ContentMD5, "Content-Digest", "Repr-Digest", "Digest",
        HeaderNames.IfMatch, HeaderNames.IfNoneMatch, HeaderNames.IfModifiedSince, HeaderNames.IfUnmodifiedSince, HeaderNames.IfRange,
    };

    /// <summary>Whether an item has a header of the call that it came with.</summary>
    public static bool IsInherited(string name) => !NotFromCalls.Contains(name) && !name.StartsWith(':');

    /// <summary>Adds the headers that an item brings and may bring, in place of what stands there under their names.</summary>
    /// <param name="headers">Where they go.</param>
    /// <param name="items">The item's headers.</param>
    /// <param name="credentials"><c>Credentials:Headers</c>, of which an item brings none.</param>
    public static void AddTo(HeaderDictionary headers, IReadOnlyList<KeyValuePair<string, string>> items, string[] credentials)
    {
        foreach (var (name, value) in items)
        {
            if (!NotFromItems.Contains(name) && !credentials.Contains(name, StringComparer.OrdinalIgnoreCase)) headers[name] = value;
        }
    }
}
