using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream.Resilience;
using Microsoft.AspNetCore.Http.Features;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Sends on what is passed through, and tells it what it met there that brings no answer.
/// <code>
///   a row with Retry                over a pooled connection; sent again as a fill is
///   no row, but GET, HEAD …         the same, but only when the connection had ended that had been used before
///   anything else                   once, over a connection of its own: ISL can close a used one at any moment, and whether it then had
///                                   taken what was sent would be anybody's guess
/// </code>
/// What goes again goes over a connection of its own, and so does a body that cannot be kept for that, or is large.
/// </summary>
internal sealed class PassThrough(RequestDelegate next, UpstreamRetry retry, SettingsMonitor settings, GatewayMetrics metrics)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var passed = context.Features.GetRequiredFeature<IPassedRequest>();
        var mayRepeat = passed.Row?.Retry ?? IsSafe(context.Request.Method);
        using var body = PassedBody.Of(context, passed, mayRepeat, settings.Current.Limits.MaxRequestBodySize);
        var retries = passed.Row is { Retry: true };
        var call = new PassedCall(context, next, body, mayRepeat, retries ? retry : null, metrics);
        context.Features.Set(call);
        context.Response.OnStarting(static state =>
        {
            ((PassedBody)state).Forget();
            return Task.CompletedTask;
        }, body);
        try
        {
            if (retries) await retry.RunAsync(_ => call.AttemptAsync(), call.Sends, context.RequestAborted);
            else await call.AttemptAsync();
            passed.Unanswered = PassThroughProblems.Of(context);
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            // The time was up, or the caller left, while waiting for the next attempt.
            passed.Unanswered = Problems.UpstreamSilent();
        }

        if (!call.IsWithheld) return;
        call.Clear();
        passed.Unanswered ??= Problems.UpstreamSilent();
    }

    /// <summary>The safe methods (RFC 9110, section 9.2.1).</summary>
    private static bool IsSafe(string method) =>
        HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method) || HttpMethods.IsTrace(method);
}
