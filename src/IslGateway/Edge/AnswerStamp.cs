using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.Outcomes;

namespace IslGateway.Edge;

/// <summary>The headers that every answer carries: its request's id, what the cache did, and what it took.</summary>
internal static class AnswerStamp
{
    /// <summary>Has the headers added when the answer begins: by then all that they tell is known.</summary>
    public static void AddTo(CacheContext context) =>
        context.Http.Response.OnStarting(static state => Stamp((CacheContext)state), context);

    private static Task Stamp(CacheContext context)
    {
        var headers = context.Http.Response.Headers;
        if (context.Row is not null || !headers.ContainsKey(RequestId.Header)) headers[RequestId.Header] = context.RequestId;
        TraceHeaders.Restore(context);

        var outcome = context.Outcome;
        if (outcome.Disposition is CacheDisposition.Bypass && context.Http.Response.StatusCode != StatusCodes.Status200OK)
            context.Outcome = outcome = outcome with { ForwardStatus = context.Http.Response.StatusCode };
        headers.Append("Cache-Status", outcome.ToString());
        headers.Append("Server-Timing", ServerTiming.Of(context.Elapsed, context.Upstream, outcome.IsHit ? context.Saved : null));
        return Task.CompletedTask;
    }
}
