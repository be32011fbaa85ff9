using IslGateway.Caching;
using IslGateway.Outcomes;
using IslGateway.Telemetry;

namespace IslGateway.Edge;

/// <summary>
/// Times ISL's part of what is passed through to it: until its answer begins. What was called for detached is timed there.
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
