using IslGateway.Caching;
using IslGateway.Outcomes;
using IslGateway.Upstream;

namespace IslGateway.Edge;

/// <summary>Refuses a request that this gateway itself sent to ISL: forwarded again, it would come back for ever.</summary>
internal sealed class LoopMiddleware(RequestDelegate next, Via via)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (!via.HasPassed(http.Request.Headers.Via)) return next(http);
        CacheContext.Of(http).Fail(Problems.LoopDetected());
        return Task.CompletedTask;
    }
}
