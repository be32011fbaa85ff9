using IslGateway.Caching;
using IslGateway.Endpoints;
using IslGateway.Outcomes;

namespace IslGateway.Edge;

/// <summary>Reserves <c>/gateway/</c> for the gateway: what is there is served, and nothing under it is forwarded to ISL.</summary>
internal sealed class ReservedPathsMiddleware(RequestDelegate next, IEnumerable<IGatewayEndpoint> endpoints)
{
    /// <summary>With what the paths begin that are the gateway's own.</summary>
    public const string Reserved = "/gateway/";

    private readonly IGatewayEndpoint[] _endpoints = [.. endpoints];

    public Task InvokeAsync(HttpContext http)
    {
        var context = CacheContext.Of(http);
        if (!Reserves(context.RawTarget)) return next(context.Http);
        foreach (var endpoint in _endpoints)
        {
            if (!RawTarget.PathOf(context.RawTarget).SequenceEqual(endpoint.Path)) continue;
            if (HttpMethods.IsPost(http.Request.Method)) return endpoint.ServeAsync(context);
            context.Fail(Problems.PostOnly());
            return Task.CompletedTask;
        }

        context.Fail(Problems.UnknownGatewayPath());
        return Task.CompletedTask;
    }

    /// <summary>Whether a target is the gateway's own.</summary>
    public static bool Reserves(string rawTarget) => rawTarget.StartsWith(Reserved, StringComparison.Ordinal);
}
