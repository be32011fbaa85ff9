using IslGateway.Settings;
using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Tells the client which connection a request may use, and whether to announce its body (RFC 9110, section 10.1.1) so that a refusal can
/// come before the body is sent. Tells the request when its answer has begun.
/// </summary>
internal sealed class UpstreamSendTransform(SettingsMonitor settings)
{
    public ValueTask ApplyAsync(RequestTransformContext context)
    {
        if (context.HttpContext.Features.Get<UpstreamSend>() is { } send) context.ProxyRequest.Options.Set(UpstreamSend.Key, send);
        var from = settings.Current.Isl.ExpectContinueFrom;
        if (from > 0 && context.HttpContext.Request.ContentLength >= from) context.ProxyRequest.Headers.ExpectContinue = true;
        return default;
    }

    public static ValueTask ApplyAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse is not { } response) return default;
        if (context.HttpContext.Features.Get<UpstreamSend>() is { } send) send.BeginAnswer();
        if (context.HttpContext.Features.Get<PassedCall>()?.Withholds(response) == true) context.SuppressResponseBody = true;
        return default;
    }
}
