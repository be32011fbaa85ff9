using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Passes the caller's <c>Host</c> on, so that ISL's redirects point to the gateway. Not over TLS, where the name must match ISL's
/// certificate: there the caller's goes into <c>X-Forwarded-Host</c>.
/// </summary>
internal static class HostTransform
{
    private const string ForwardedHost = "X-Forwarded-Host";

    public static ValueTask ApplyAsync(RequestTransformContext context)
    {
        if (context.HttpContext.Request.Host is not { HasValue: true, Value: var host }) return default;
        var headers = context.ProxyRequest.Headers;
        if (context.DestinationPrefix.StartsWith("https:", StringComparison.OrdinalIgnoreCase))
            headers.TryAddWithoutValidation(ForwardedHost, host);
        else
            headers.Host = host;
        return default;
    }
}
