using IslGateway.Endpoints;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Forwarding;

/// <summary>Sends path and query upstream byte by byte as they came: ISL tells spellings apart that ASP.NET and Uri do not.</summary>
internal static class RawTargetTransform
{
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    public static ValueTask ApplyAsync(RequestTransformContext context)
    {
        var target = RawTarget.InOriginForm(context.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        context.ProxyRequest.RequestUri = new Uri(context.DestinationPrefix.TrimEnd('/') + target, Verbatim);
        return default;
    }
}
