using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Adds the gateway to <c>Via</c>, behind those through which a request has come.</summary>
internal static class ViaTransform
{
    public static ValueTask ApplyAsync(RequestTransformContext context)
    {
        var via = context.HttpContext.RequestServices.GetRequiredService<Via>();
        context.ProxyRequest.Headers.TryAddWithoutValidation(Via.Header, via.Member(context.HttpContext.Request.Protocol));
        return default;
    }
}
