using IslGateway.Endpoints;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Sends path and query upstream byte by byte as they came: ISL distinguishes spellings that ASP.NET and Uri do not.</summary>
internal static class RawTargetTransform
{
    private static readonly UriCreationOptions Verbatim = new() { DangerousDisablePathAndQueryCanonicalization = true };

    /// <exception cref="InvalidOperationException">The edge has let an invalid request target through.</exception>
    public static ValueTask ApplyAsync(RequestTransformContext context)
    {
        var target = RawTarget.InOriginForm(context.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        if (!RawTarget.IsWellFormed(target))
            throw new InvalidOperationException("A target that no request line can hold must not get this far.");
        context.ProxyRequest.RequestUri = new Uri(string.Concat(context.DestinationPrefix.AsSpan().TrimEnd('/'), target), Verbatim);
        return default;
    }
}
