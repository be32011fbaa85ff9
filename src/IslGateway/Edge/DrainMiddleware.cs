using Microsoft.AspNetCore.Connections.Features;

namespace IslGateway.Edge;

/// <summary>
/// From the signal to stop on, every answer tells its caller not to use the connection again: by <c>Connection: close</c>, on HTTP/2 by GOAWAY. Who
/// has been told loses nothing when the listeners close after <c>Shutdown:ReadinessDelay</c>.
/// </summary>
internal sealed class DrainMiddleware
{
    private readonly RequestDelegate _next;
    private readonly CancellationToken _stopping;
    private readonly Func<object, Task> _part;

    public DrainMiddleware(RequestDelegate next, IHostApplicationLifetime lifetime)
    {
        (_next, _stopping) = (next, lifetime.ApplicationStopping);
        _part = state => Part((HttpContext)state);
    }

    public Task InvokeAsync(HttpContext context)
    {
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
}
