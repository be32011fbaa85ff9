using Microsoft.Net.Http.Headers;
using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Leaves out of an answer what ISL's <c>Connection</c> names: it was for this hop alone (RFC 9110, section 7.6.1).</summary>
internal static class HopByHopTransform
{
    /// <summary>
    /// What is said to every recipient, and must not be named: without it an answer would be read, or stored, as another than ISL gave.
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
