using System.Diagnostics;
using IslGateway.Caching;
using IslGateway.Outcomes;
using IslGateway.Telemetry;

namespace IslGateway.Edge;

/// <summary>Ends an exchange: writes the error if the gateway must make one, gives the body back, counts and logs.</summary>
internal sealed partial class ExchangeEnd(GatewayMetrics metrics, RequestLog requests, KeyTraces keys, ILogger<ExchangeEnd> logger)
{
    /// <summary>Writes the error, if there is one to write; whatever becomes of that, the exchange is counted.</summary>
    public async Task FinishAsync(CacheContext context)
    {
        try
        {
            // Before the error is written: its caller may take long to read.
            context.Body?.Dispose();
            if (context.Problem is not null && !context.Http.Response.HasStarted && !context.Http.RequestAborted.IsCancellationRequested)
                await ProblemWriter.WriteAsync(context.Http, context.RequestId, context.Problem);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            Leave(context);
        }
        finally
        {
            Count(context);
        }
    }

    /// <summary>The caller has gone.</summary>
    public static void Leave(CacheContext context)
    {
        context.Outcome = CacheOutcome.Answered(Reason.CallerLeft);
        if (!context.Http.Response.HasStarted) context.Http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
    }

    /// <summary>Something happened that nobody has thought of.</summary>
    public void Fail(CacheContext context, Exception exception)
    {
        LogFailed(context.Label, context.RequestId, exception);
        context.Fail(Problems.Internal());
    }

    private void Count(CacheContext context)
    {
        // Nobody waits for what the gateway asks for itself: counted, it would change the hit rate and latency that callers see.
        if (context.Background is not null) return;
        var request = context.Http.Request;
        var status = context.Http.Response.StatusCode;
        var outcome = context.Outcome;
        bool? isHit = context.Row is { IsCacheable: true } ? outcome.IsHit : null;
        var (elapsed, endpoint) = (context.Elapsed, metrics.Endpoint(context.Label));
        endpoint.Observe(
            status, outcome.Label, isHit, elapsed, context.Upstream, context.Saved, context.BrokeOff, request.Headers.TraceParent);
        endpoint.ObserveSizes(
            context.Body?.Length ?? LengthOf(request), HttpMethods.IsHead(request.Method) ? 0 : context.Http.Response.ContentLength);
        if (context.Body is { IsMislabelled: true }) metrics.MislabelledEncoding.Inc();
        requests.Take(context, endpoint, status, elapsed);
        if (context.Settings.Telemetry.KeyLog.Length > 0) keys.Take(context, elapsed);
        if (GatewayActivity.IsRecording) Describe(Activity.Current, context);
    }

    private static void Describe(Activity? span, CacheContext context)
    {
        if (span is not { IsAllDataRequested: true }) return;
        span.SetTag(GatewayActivity.EndpointTag, context.Label);
        span.SetTag(GatewayActivity.CacheTag, context.Outcome.Label);
        span.SetTag(GatewayActivity.RequestIdTag, context.RequestId);
        if (context.BrokeOff) GatewayActivity.Fail(span, "answer broke off");
    }

    /// <summary>The length of a body that streams through, as far as its framing says.</summary>
    private static long? LengthOf(HttpRequest request) => request.Headers.TransferEncoding.Count > 0 ? null : request.ContentLength ?? 0;

    [LoggerMessage(Level = LogLevel.Error, Message = "A request to {Endpoint} failed unexpectedly (request {RequestId})")]
    private partial void LogFailed(string endpoint, string requestId, Exception exception);
}
