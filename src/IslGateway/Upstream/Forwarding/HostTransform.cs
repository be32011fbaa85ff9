using System.Net.Http.Headers;
using Yarp.ReverseProxy.Model;
using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Passes the caller's <c>Host</c> on, so that ISL's redirects point to the gateway. Not over TLS, where the name must match ISL's
/// certificate: there the caller's goes into <c>X-Forwarded-Host</c>, and so does one that the HTTP client cannot send, such as
/// <c>gateway:99999</c>.
/// </summary>
/// <remarks>
/// The header is read as it came: <see cref="HttpRequest.Host"/>, by which YARP goes, spells internationalised names out in Unicode, which
/// no <c>Host</c> header can hold.
/// </remarks>
internal static class HostTransform
{
    private const string ForwardedHost = "X-Forwarded-Host";

    public static ValueTask ApplyAsync(RequestTransformContext context)
    {
        var headers = context.ProxyRequest.Headers;
        headers.Host = context.HttpContext.Features.Get<IReverseProxyFeature>()?.ProxiedDestination?.Model.Config.Host;
        if (context.HttpContext.Request.Headers.Host.ToString() is not { Length: > 0 } host) return default;
        if (context.DestinationPrefix.StartsWith("https:", StringComparison.OrdinalIgnoreCase) || !TrySet(headers, host))
            headers.TryAddWithoutValidation(ForwardedHost, host);
        return default;
    }

    private static bool TrySet(HttpRequestHeaders headers, string host)
    {
        try
        {
            headers.Host = host;
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }
}
