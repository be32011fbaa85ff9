using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Edge;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Workflows.Inner;

namespace IslGateway.Workflows.Batch;

/// <summary>Answers a call whose items are many requests: reads it, runs them, and writes each answer as soon as it may be.</summary>
internal sealed class BatchCalls(BodyIntake intake, InnerRequests inner, EndpointTable table)
{
    /// <summary>Answers one.</summary>
    /// <param name="context">The call.</param>
    /// <param name="read">Reads its items from its plain body; null, with the reason, if it is none.</param>
    public async Task ServeAsync(CacheContext context, ReadItems read)
    {
        using var items = await ReadAsync(context, read);
        if (items is null) return;
        context.Outcome = CacheOutcome.Answered(Reason.Batch);
        var deadline = CallerDirectives.DeadlineOf(context.Http.Request.Headers, context.Settings.Batch.Timeout);
        var writer = BatchWriter.For(context.Http);
        var run = new BatchRun(items, new BatchCaller(inner, table, context, deadline), context.Settings.Batch, writer.AsLines);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.Http.RequestAborted);
        var running = run.RunAsync(ended.Token);
        try
        {
            await writer.WriteAsync(items, run);
            await running;
        }
        finally
        {
            // The items' bodies are parts of the call's, which is given back next.
            await ended.CancelAsync();
            await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            run.LetGo();
        }
    }

    private async Task<IWorkItems?> ReadAsync(CacheContext context, ReadItems read)
    {
        var encoding = context.Http.Request.Headers.ContentEncoding;
        if (!ContentCodings.TryParse(encoding, out var coding))
        {
            context.Fail(Problems.UnsupportedEncoding(encoding.ToString()));
            return null;
        }

        if (!await intake.ReadAsync(context, coding)) return null;
        var decoded = context.Body!.TryGetPlain(out var plain);
        if (!decoded.IsReadable())
        {
            context.Fail(BodyProblems.Of(decoded, context.Body, context.Settings.Limits));
            return null;
        }

        var items = read(plain, context.Settings, out var problem);
        if (problem is not null) context.Fail(problem);
        return items;
    }
}
