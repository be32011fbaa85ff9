using IslGateway.Caching;
using IslGateway.Outcomes;

namespace IslGateway.Edge;

/// <summary>Keeps <c>/gateway/</c> for the gateway: what is not served there is not asked of ISL.</summary>
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
