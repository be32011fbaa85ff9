using IslGateway.Caching;
using IslGateway.Outcomes;
using IslGateway.Upstream;

namespace IslGateway.Edge;

/// <summary>Refuses what this gateway itself has sent to ISL: sent on, it would come back for ever.</summary>
internal sealed class LoopMiddleware(RequestDelegate next, Via via)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (!via.HasPassed(http.Request.Headers.Via)) return next(http);
        CacheContext.Of(http).Fail(Problems.LoopDetected());
        return Task.CompletedTask;
    }
}
