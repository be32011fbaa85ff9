using System.Net;
using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Keeps a 508 from the caller: it is not ISL's but this gateway's own, or another's on the way, and is told as this gateway tells its
/// errors.
/// </summary>
internal static class LoopTransform
{
    public static ValueTask ApplyAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse?.StatusCode == HttpStatusCode.LoopDetected) context.SuppressResponseBody = true;
        return default;
    }
}
