using Microsoft.Net.Http.Headers;

namespace IslGateway.Workflows.Inner;

/// <summary>
/// Which headers an item may bring: none that says who asks, which host is asked, how a message is framed or which way it came. An item's
/// own header of such a name is left out, whatever it says.
/// </summary>
internal static class ItemHeaders
{
    private static readonly HashSet<string> Excluded = new(StringComparer.OrdinalIgnoreCase)
    {
        HeaderNames.Host, HeaderNames.ContentLength, HeaderNames.TransferEncoding, HeaderNames.ContentEncoding, HeaderNames.Expect,
        HeaderNames.Connection, HeaderNames.KeepAlive, HeaderNames.ProxyConnection, HeaderNames.ProxyAuthorization, HeaderNames.TE,
        HeaderNames.Trailer, HeaderNames.Upgrade, HeaderNames.Via, HeaderNames.Cookie, HeaderNames.Accept, HeaderNames.AcceptEncoding,
        HeaderNames.Range, "Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP",
    };

    /// <summary>Whether an item may bring a header.</summary>
    /// <param name="name">The header.</param>
    /// <param name="credentials"><c>Credentials:Headers</c>.</param>
    public static bool Allow(string name, string[] credentials) =>
        !Excluded.Contains(name) && !credentials.Contains(name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds those that an item may bring, in place of what stands there under their names.</summary>
    public static void AddTo(HeaderDictionary headers, IReadOnlyList<KeyValuePair<string, string>> items, string[] credentials)
    {
        foreach (var (name, value) in items)
        {
            if (Allow(name, credentials)) headers[name] = value;
        }
    }
}
