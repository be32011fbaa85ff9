using IslGateway.Caching;
using IslGateway.Caching.Samples;
using IslGateway.Telemetry;

namespace IslGateway.Workflows.Precision;

/// <summary>Has a request's wish for precision taken before the cache sees it, and names the number of samples in its answer.</summary>
internal sealed class PrecisionMiddleware(RequestDelegate next, PrecisionStep precision, GatewayMetrics metrics)
{
    public Task InvokeAsync(HttpContext http)
    {
        var context = CacheContext.Of(http);
        return SampleHeaders.Choose(http.Request.Headers) && context.Row is not null ? ChooseAsync(context) : next(http);
    }

    private async Task ChooseAsync(CacheContext context)
    {
        if (!precision.Take(context))
        {
            metrics.CountPrecision(context.Label, "refused");
            return;
        }

        context.Http.Response.OnStarting(static state => Name((CacheContext)state), context);
        await next(context.Http);
        metrics.CountPrecision(context.Label, context.Samples!.Served is null ? "exact" : "richer");
    }

    private static Task Name(CacheContext context)
    {
        if (context.Samples is { } ask) SampleHeaders.Name(context.Http.Response, ask);
        return Task.CompletedTask;
    }
}
