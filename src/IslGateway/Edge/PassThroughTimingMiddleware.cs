using IslGateway.Caching;
using IslGateway.Outcomes;
using IslGateway.Telemetry;

namespace IslGateway.Edge;

/// <summary>
/// Measures how long ISL takes until the answer to a passed-through request begins. Other calls are measured where they are made.
/// </summary>
internal sealed class PassThroughTimingMiddleware(RequestDelegate next, GatewayMetrics metrics)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var context = CacheContext.Of(http);
        var call = new Call(context, context.Elapsed);
        context.Http.Response.OnStarting(static state => ((Call)state).End(), call);
        try
        {
            await next(context.Http);
        }
        finally
        {
            await call.End();
            if (call.IsTimed) metrics.Endpoint(context.Label).ObserveUpstream(context.Upstream);
        }
    }

    private sealed class Call(CacheContext context, TimeSpan began)
    {
        public bool IsTimed { get; private set; }

        public Task End()
        {
            if (!IsTimed && context.Upstream == TimeSpan.Zero && context.Outcome.Disposition == CacheDisposition.Bypass)
            {
                IsTimed = true;
                context.Upstream = context.Elapsed - began;
            }

            return Task.CompletedTask;
        }
    }
}
