using System.Globalization;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Epochs;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching;

/// <summary>
/// With <c>Isl:ServeHealthFromPoll</c>, answers <c>GET</c> of the health path from the last poll: the guide's client asks for health before
/// every lookup, and ISL answers it on the event loop that computes. A poll older than <c>Isl:EpochMaxAge</c> is not used, and none for a
/// caller that wants a newer one, or that needs ISL's own CORS headers.
/// </summary>
internal sealed class PolledHealthMiddleware(RequestDelegate next, ReplicaRegistry replicas, SettingsMonitor settings)
{
    public Task InvokeAsync(HttpContext http)
    {
        var isl = settings.Current.Isl;
        return isl.ServeHealthFromPoll && HttpMethods.IsGet(http.Request.Method) && CacheContext.Of(http) is var context
            && RawTarget.PathOf(context.RawTarget).SequenceEqual(isl.HealthPath)
            && replicas.Replicas.Where(r => r.LastPoll is not null).MinBy(r => r.LastPoll!.Age) is { LastPoll: { } poll }
            && poll.Age <= isl.EpochMaxAge && CallerDirectives.Of(http.Request.Headers).Allow(poll.Age)
            && !http.Request.Headers.ContainsKey(HeaderNames.Origin)
                ? AnswerAsync(context, poll, isl)
                : next(http);
    }

    private static async Task AnswerAsync(CacheContext context, HealthPoll poll, IslOptions isl)
    {
        context.Outcome = new CacheOutcome(
            CacheDisposition.Hit, Reason.Memory, Math.Max(0, (long)(isl.HealthInterval - poll.Age).TotalSeconds));
        context.Http.Response.Headers.Age = ((long)poll.Age.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        context.Http.Response.ContentType = "application/json";
        context.Http.Response.ContentLength = poll.Body.Length;
        await context.Http.Response.Body.WriteAsync(poll.Body, context.Http.RequestAborted);
    }
}
