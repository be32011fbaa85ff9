using System.Net;
using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Hides a 508 from the caller: it comes from this gateway or another one on the way, not from ISL, and is reported as one of this
/// gateway's own errors.
/// </summary>
internal static class LoopTransform
{
    public static ValueTask ApplyAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse?.StatusCode == HttpStatusCode.LoopDetected) context.SuppressResponseBody = true;
        return default;
    }
}
