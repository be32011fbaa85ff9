using IslGateway.Caching;
using IslGateway.Outcomes;
using IslGateway.Telemetry;

namespace IslGateway.Edge;

/// <summary>Times ISL's part of what is passed through to it: until its answer begins. What was called for detached is timed there.</summary>
internal sealed class PassThroughTimingMiddleware(RequestDelegate next, GatewayMetrics metrics)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var exchange = Exchange.Of(context);
        var call = new Call(exchange, exchange.Elapsed);
        context.Response.OnStarting(static state => ((Call)state).End(), call);
        try
        {
            await next(context);
        }
        finally
        {
            await call.End();
            if (call.IsTimed) metrics.Endpoint(exchange.Label).ObserveUpstream(exchange.Upstream);
        }
    }

    private sealed class Call(Exchange exchange, TimeSpan began)
    {
        public bool IsTimed { get; private set; }

        public Task End()
        {
            if (!IsTimed && exchange.Upstream == TimeSpan.Zero && exchange.Outcome.Disposition == CacheDisposition.Bypass)
            {
                IsTimed = true;
                exchange.Upstream = exchange.Elapsed - began;
            }

            return Task.CompletedTask;
        }
    }
}
