using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// If a credential header came in several lines, sends only the first, which ISL reads. The HTTP client would join them with commas into a
/// key that does not exist. The credential that decides about hits still contains all lines.
/// </summary>
internal static class CredentialTransform
{
    public static ValueTask ApplyAsync(RequestTransformContext context)
    {
        foreach (var name in NamesFor(context.HttpContext))
        {
            if (context.HttpContext.Request.Headers[name] is not { Count: > 1 } lines) continue;
            context.ProxyRequest.Headers.Remove(name);
            context.ProxyRequest.Headers.TryAddWithoutValidation(name, lines[0]);
        }

        return default;
    }

    private static IReadOnlyList<string> NamesFor(HttpContext context) =>
        context.Features.Get<UpstreamAttempt>()?.Call.CredentialHeaders
        ?? context.Features.GetRequiredFeature<IPassedRequest>().Settings.Credentials.Headers;
}
