using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Adds the gateway to <c>Via</c>, after the gateways that the request has passed.</summary>
internal sealed class ViaTransform(Via via)
{
    public ValueTask ApplyAsync(RequestTransformContext context)
    {
        context.ProxyRequest.Headers.TryAddWithoutValidation(Via.Header, via.Member(context.HttpContext.Request.Protocol));
        return default;
    }
}
