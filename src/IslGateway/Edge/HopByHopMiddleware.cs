using IslGateway.Settings.Reading;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Edge;

/// <summary>
/// Removes first of all the request headers that <c>Connection</c> names. They are for this hop alone (RFC 9110, section 7.6.1): ISL does
/// not get them, so they must not be part of key or credential. Where <c>close</c>, <c>keep-alive</c> or <c>Upgrade</c> is among the names,
/// Kestrel shows that word alone; the headers named beside it then stay, in the key and on the way to ISL alike.
/// </summary>
internal sealed class HopByHopMiddleware(RequestDelegate next)
{
    /// <summary>Words that are not header names, and headers that define the request's target and length.</summary>
    private static readonly HashSet<string> Kept = new(StringComparer.OrdinalIgnoreCase)
    {
        "close", HeaderNames.KeepAlive, HeaderNames.Upgrade, HeaderNames.TE,
        HeaderNames.Host, HeaderNames.ContentLength, HeaderNames.TransferEncoding,
    };

    /// <summary>Whether <c>Connection</c> surely names no header.</summary>
    public static bool NamesNone(IHeaderDictionary headers) => headers.Connection is [] or ["keep-alive"];

    public Task InvokeAsync(HttpContext context)
    {
        RemoveNamed(context.Request.Headers);
        return next(context);
    }

    /// <summary>Removes the headers that <c>Connection</c> names.</summary>
    public static void RemoveNamed(IHeaderDictionary headers)
    {
        if (NamesNone(headers)) return;
        foreach (var word in headers.GetCommaSeparatedValues(HeaderNames.Connection))
        {
            // A word that is not a valid header name cannot have been sent as a header.
            var name = word.Trim();
            if (Grammar.IsToken(name) && !Kept.Contains(name)) headers.Remove(name);
        }
    }
}
