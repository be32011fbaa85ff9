using IslGateway.Caching;
using IslGateway.Outcomes;

namespace IslGateway.Edge;

/// <summary>Reserves <c>/gateway/</c> for the gateway: unknown paths there are not forwarded to ISL.</summary>
internal sealed class ReservedPathsMiddleware(RequestDelegate next)
{
    private const string Reserved = "/gateway/";

    public Task InvokeAsync(HttpContext http)
    {
        var context = CacheContext.Of(http);
        if (!context.RawTarget.StartsWith(Reserved, StringComparison.Ordinal)) return next(context.Http);
        context.Fail(Problems.UnknownGatewayPath());
        return Task.CompletedTask;
    }
}
