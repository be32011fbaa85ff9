using IslGateway.Caching;

namespace IslGateway.Edge;

/// <summary>Has the body taken (<see cref="BodyStep"/>) before the request goes on.</summary>
internal sealed class BodyMiddleware(RequestDelegate next, BodyStep body)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var context = CacheContext.Of(http);
        if (await body.TakeAsync(context)) await next(context.Http);
    }
}
