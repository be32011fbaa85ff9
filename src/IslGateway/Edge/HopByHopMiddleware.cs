using System.Buffers;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Edge;

/// <summary>
/// Removes, before anything else looks at them, the request headers that <c>Connection</c> names: they are for this hop alone (RFC 9110,
/// section 7.6.1), so the key and the credential must not hold what ISL does not get to see. Where <c>close</c>, <c>keep-alive</c> or
/// <c>Upgrade</c> stands among the names, in whatever order or line, Kestrel shows that word alone; what was named beside it stays a header
/// like any other, in the key and on the way to ISL alike.
/// </summary>
internal sealed class HopByHopMiddleware(RequestDelegate next)
{
    /// <summary>What is no header to drop, and what says where the request goes and ends.</summary>
    private static readonly HashSet<string> Kept = new(StringComparer.OrdinalIgnoreCase)
    {
        "close", HeaderNames.KeepAlive, HeaderNames.Upgrade, HeaderNames.TE,
        HeaderNames.Host, HeaderNames.ContentLength, HeaderNames.TransferEncoding,
    };

    private static readonly SearchValues<char> Token =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Whether <c>Connection</c> surely names no header.</summary>
    public static bool NamesNone(IHeaderDictionary headers) => headers.Connection is [] or ["keep-alive"];

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (!NamesNone(headers))
        {
            foreach (var word in headers.GetCommaSeparatedValues(HeaderNames.Connection))
            {
                // What is no header name cannot have been sent as one.
                var name = word.Trim();
                if (name.Length > 0 && !name.AsSpan().ContainsAnyExcept(Token) && !Kept.Contains(name)) headers.Remove(name);
            }
        }

        return next(context);
    }
}
