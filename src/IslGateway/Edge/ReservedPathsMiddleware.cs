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
        if (Find(_endpoints, context) is { } endpoint) return endpoint.ServeAsync(context);
        return Task.CompletedTask;
    }

    /// <summary>What serves a request for a path of the gateway's own; null: nothing does, and the request has failed.</summary>
    public static IGatewayEndpoint? Find(IEnumerable<IGatewayEndpoint> endpoints, CacheContext context)
    {
        foreach (var endpoint in endpoints)
        {
            if (!RawTarget.PathOf(context.RawTarget).SequenceEqual(endpoint.Path)) continue;
            if (HttpMethods.IsPost(context.Http.Request.Method)) return endpoint;
            context.Fail(Problems.PostOnly());
            return null;
        }

        context.Fail(Problems.UnknownGatewayPath());
        return null;
    }

    /// <summary>Whether a target is the gateway's own.</summary>
    public static bool Reserves(string rawTarget) => rawTarget.StartsWith(Reserved, StringComparison.Ordinal);
}
