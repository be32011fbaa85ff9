using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Adds the gateway to <c>Via</c>, after the gateways that the request has passed.</summary>
internal static class ViaTransform
{
    public static ValueTask ApplyAsync(RequestTransformContext context)
    {
        var via = context.HttpContext.RequestServices.GetRequiredService<Via>();
        context.ProxyRequest.Headers.TryAddWithoutValidation(Via.Header, via.Member(context.HttpContext.Request.Protocol));
        return default;
    }
}
