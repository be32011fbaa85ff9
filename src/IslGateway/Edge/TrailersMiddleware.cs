using IslGateway.Caching;
using Microsoft.AspNetCore.Http.Features;

namespace IslGateway.Edge;

/// <summary>
/// Passes trailers on where Kestrel cannot: it has none in HTTP/1.1. For a caller that says <c>TE: trailers</c> (RFC 9110, section 6.5.1),
/// an answer of unknown length that is passed through is framed here.
/// </summary>
internal sealed class TrailersMiddleware(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context) => Wants(context.Request) && CacheContext.Of(context).Row is not { IsCacheable: true }
        ? FrameAsync(context)
        : next(context);

    private static bool Wants(HttpRequest request) =>
        HttpProtocol.IsHttp11(request.Protocol)
        && !HttpMethods.IsHead(request.Method)
        && request.Headers.TE.Count > 0
        && request.Headers.GetCommaSeparatedValues("TE").Contains("trailers", StringComparer.OrdinalIgnoreCase);

    private async Task FrameAsync(HttpContext context)
    {
        var kestrels = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        var framed = new ChunkedBody(context.Response, kestrels.Stream);
        context.Features.Set<IHttpResponseBodyFeature>(new FramedBodyFeature(framed, kestrels));
        context.Features.Set<IHttpResponseTrailersFeature>(framed);
        try
        {
            await next(context);

            // An answer that broke off was aborted, and must not look whole.
            if (!context.RequestAborted.IsCancellationRequested) await framed.EndAsync(context.RequestAborted);
        }
        finally
        {
            context.Features.Set<IHttpResponseTrailersFeature>(null);
            context.Features.Set(kestrels);
        }
    }

    private sealed class FramedBodyFeature(ChunkedBody body, IHttpResponseBodyFeature kestrels) : StreamResponseBodyFeature(body, kestrels)
    {
        public override Task StartAsync(CancellationToken cancellationToken = default)
        {
            body.Begin();
            return base.StartAsync(cancellationToken);
        }
    }
}
