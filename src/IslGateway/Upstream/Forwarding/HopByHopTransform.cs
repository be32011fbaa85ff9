using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Removes the headers that ISL's <c>Connection</c> names, since they are for this hop alone (RFC 9110, section 7.6.1).</summary>
internal static class HopByHopTransform
{
    /// <summary>
    /// Headers for every recipient, which are kept even if named: without them an answer would be read or stored as another than ISL gave.
    /// </summary>
    private static readonly HashSet<string> Kept = new(StringComparer.OrdinalIgnoreCase)
    {
        HeaderNames.CacheControl, HeaderNames.Vary, HeaderNames.SetCookie, HeaderNames.Age, HeaderNames.Date, HeaderNames.Expires,
        HeaderNames.ContentLength, HeaderNames.ContentType, HeaderNames.ContentEncoding, HeaderNames.ContentRange,
    };

    public static ValueTask ApplyAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse?.Headers.NonValidated.TryGetValues(HeaderNames.Connection, out var lines) != true) return default;
        foreach (var line in lines)
        {
            foreach (var name in line.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (!Kept.Contains(name)) context.HttpContext.Response.Headers.Remove(name);
            }
        }

        return default;
    }
}
