using IslGateway.Caching;
using Microsoft.AspNetCore.Connections.Features;

namespace IslGateway.Edge;

/// <summary>
/// Counts requests. From the signal to stop on, every answer tells its caller not to use the connection again: by <c>Connection: close</c>,
/// on HTTP/2 by GOAWAY. A caller that heeds this loses no request when the listeners close after <c>Shutdown:ReadinessDelay</c>.
/// </summary>
internal sealed class DrainMiddleware
{
    private readonly RequestDelegate _next;
    private readonly CancellationToken _stopping;
    private readonly Func<object, Task> _part;
    private readonly Func<object, Task> _end;
    private readonly RequestCount _count;

    public DrainMiddleware(RequestDelegate next, IHostApplicationLifetime lifetime, RequestCount count)
    {
        (_next, _stopping, _count) = (next, lifetime.ApplicationStopping, count);
        _part = state => Part((HttpContext)state);
        _end = _ => End();
    }

    public Task InvokeAsync(HttpContext context)
    {
        if (context.Features.Get<CacheContext>() is not { IsCounted: true }) _count.Begin();

        // Not at the end of this pipeline, because a slow caller may still be reading what was written.
        context.Response.OnCompleted(_end, context);
        context.Response.OnStarting(_part, context);
        return _next(context);
    }

    private Task Part(HttpContext context)
    {
        if (!_stopping.IsCancellationRequested) return Task.CompletedTask;
        if (HttpProtocol.IsHttp2(context.Request.Protocol)) context.Features.Get<IConnectionLifetimeNotificationFeature>()?.RequestClose();
        else context.Response.Headers.Connection = "close";
        return Task.CompletedTask;
    }

    private Task End()
    {
        _count.End();
        return Task.CompletedTask;
    }
}
