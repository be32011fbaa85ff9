using IslGateway.Caching;
using IslGateway.Caching.Samples;

namespace IslGateway.Workflows.Experiments;

/// <summary>Has requests take part in experiments, names the arm in their answers, and counts what becomes of them.</summary>
internal sealed class ExperimentMiddleware(RequestDelegate next, ExperimentStep step)
{
    public Task InvokeAsync(HttpContext http)
    {
        var context = CacheContext.Of(http);
        return context.Row is { IsInExperiment: true } && step.Take(context) is { } part
            ? TakePartAsync(context, part.Experiment, part.Arm)
            : next(http);
    }

    private async Task TakePartAsync(CacheContext context, Experiment experiment, Arm arm)
    {
        context.Http.Response.OnStarting(static state => Name((CacheContext)state), context);

        // What the gateway asks for itself is only to have stored what callers will ask for.
        if (context.Background is not null)
        {
            await next(context.Http);
            return;
        }

        if (experiment.Place is { Length: > 0 } place)
        {
            context.Computed = answer =>
            {
                if (FieldReader.Read(answer.Body.Span, place) is { } value) arm.Metrics.Take(value);
            };
        }

        var hasFailed = true;
        try
        {
            await next(context.Http);
            hasFailed = false;
        }
        finally
        {
            var status = context.Problem?.Status ?? context.Http.Response.StatusCode;
            var isError = hasFailed || context.BrokeOff || status >= 400;
            if (!context.Http.RequestAborted.IsCancellationRequested)
                arm.Metrics.Observe(isError, context.Outcome.IsHit, context.Elapsed, context.Upstream);
        }
    }

    private static Task Name(CacheContext context)
    {
        if (context.Samples is not { Experiment: { } experiment } ask) return Task.CompletedTask;
        context.Http.Response.Headers[SampleHeaders.Experiment] = experiment;
        SampleHeaders.Name(context.Http.Response, ask);
        return Task.CompletedTask;
    }
}
