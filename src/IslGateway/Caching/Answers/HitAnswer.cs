using System.Globalization;
using IslGateway.Outcomes;

namespace IslGateway.Caching.Answers;

/// <summary>Answers with a stored answer: a fresh one, or a stale one in place of an ISL that failed.</summary>
internal static class HitAnswer
{
    /// <summary>Serves a fresh answer.</summary>
    public static Task WriteAsync(CacheContext context, CacheHit hit)
    {
        context.Saved = hit.Answer.UpstreamDuration;
        return WriteAsync(context, hit, new CacheOutcome(CacheDisposition.Hit, hit.Tier, hit.SecondsLeft));
    }

    /// <summary>Serves a stale answer.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="hit">The stale answer.</param>
    /// <param name="wasSent">Whether ISL was asked before.</param>
    /// <param name="status">ISL's status, where it gave one.</param>
    public static Task WriteStaleAsync(CacheContext context, CacheHit hit, bool wasSent, int? status)
    {
        if (!wasSent) context.Saved = hit.Answer.UpstreamDuration;
        return WriteAsync(
            context, hit, new CacheOutcome(wasSent ? CacheDisposition.Stale : CacheDisposition.Hit, Reason.Stale, hit.SecondsLeft, status));
    }

    private static Task WriteAsync(CacheContext context, CacheHit hit, CacheOutcome outcome)
    {
        context.Outcome = outcome;
        if (context.Trace is { } trace) (trace.Answer, trace.Epoch) = (hit.Answer, hit.Epoch);
        if (hit.Samples is { } more && context.Samples is { } ask) ask.Served = more;
        context.Http.Response.Headers.Age = ((long)hit.Age.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        return AnswerWriter.WriteAsync(context, hit.Answer);
    }
}
