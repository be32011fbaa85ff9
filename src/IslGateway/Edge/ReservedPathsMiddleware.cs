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
        if (!Reserves(context.RawTarget)) return next(context.Http);
        context.Fail(Problems.UnknownGatewayPath());
        return Task.CompletedTask;
    }

    /// <summary>Whether a target is the gateway's own.</summary>
    public static bool Reserves(string rawTarget) => rawTarget.StartsWith(Reserved, StringComparison.Ordinal);
}
