using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Sessions;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Telemetry;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Edge;

/// <summary>
/// Reads the body, within its limits, where the gateway needs it: on cacheable rows, on rows that change beliefs, and on any other row if
/// the body is encoded, because ISL cannot read that. All other bodies are streamed.
/// </summary>
internal sealed class BodyMiddleware(
    RequestDelegate next, BufferBudget budget, SessionUpdates updates, GatewayMetrics metrics, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext http)
    {
        var context = CacheContext.Of(http);
        if (context.Row is not { } row)
        {
            await next(context.Http);
            return;
        }

        var request = context.Http.Request;
        var limits = context.Settings.Limits;
        if (!ContentCodings.TryParse(request.Headers.ContentEncoding, out var coding))
        {
            context.Fail(Problems.UnsupportedEncoding(request.Headers.ContentEncoding.ToString()));
            return;
        }

        if (!row.IsCacheable && !updates.Concerns(row) && coding == ContentCoding.None)
        {
            request.Headers.Remove(HeaderNames.ContentEncoding);
            if (request.ContentLength > limits.MaxRequestBodySize)
            {
                context.Fail(Problems.BodyTooLarge(limits.MaxRequestBodySize));
                return;
            }

            Limit(http, limits);
            await next(context.Http);
            return;
        }

        if (await ReadAsync(context, coding, limits) && Prepare(context, row, limits)) await next(context.Http);
        if (context.Body is { IsMislabelled: true }) metrics.MislabelledEncoding.Inc();
    }

    private async ValueTask<bool> ReadAsync(CacheContext context, ContentCoding coding, LimitsOptions limits)
    {
        var request = context.Http.Request;

        // A request that may be a hit may use the whole buffer budget; one that goes to ISL in any case must leave room for hits.
        var room = context.Row!.IsCacheable ? budget : budget.ForFills;
        var wire = new PooledBuffer(room, limits.MaxRequestBodySize);
        context.Body = new RequestBody(wire, coding, request.Headers.ContentEncoding.ToString(), room);
        var deadline = CallerDirectives.DeadlineOf(request.Headers, context.Row.Timeout);
        switch (await ReadWithinAsync(context, context.Left(deadline), wire))
        {
            case null:
                context.Fail(Problems.DeadlinePassed(deadline) with { ClosesConnection = true });
                return false;
            case BodyReadResult.TooLarge:
                context.Fail(Problems.BodyTooLarge(limits.MaxRequestBodySize));
                return false;
            case BodyReadResult.OverBudget:
                context.Fail(Problems.BuffersFull());
                return false;
            default:
                return true;
        }
    }

    /// <summary>The time for the body counts towards the caller's whole wait. Null if it did not arrive in time.</summary>
    private async ValueTask<BodyReadResult?> ReadWithinAsync(CacheContext context, TimeSpan left, PooledBuffer wire)
    {
        var request = context.Http.Request;
        var reading = BodyReader.ReadAsync(request.BodyReader, request.ContentLength, wire, context.Http.RequestAborted);
        if (reading.IsCompleted) return await reading;
        var task = reading.AsTask();
        try
        {
            return await task.WaitAsync(left, time);
        }
        catch (TimeoutException)
        {
            // The buffer may be released only after the reader has ended.
            request.BodyReader.CancelPendingRead();
            await task.ContinueWith(
                static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return null;
        }
    }

    /// <summary>On a row without cache the plain body is needed now, and nothing else of it.</summary>
    private static bool Prepare(CacheContext context, EndpointRow row, LimitsOptions limits)
    {
        if (row.IsCacheable) return true;
        var result = context.Body!.TryGetPlain(out var plain);
        if (result.IsReadable())
        {
            context.Body.Attach(context.Http.Request, plain);
            return true;
        }

        context.Fail(BodyProblems.Of(result, context.Body, limits));
        return false;
    }

    /// <summary>Ends a streamed body of unannounced length once it is longer than allowed.</summary>
    private static void Limit(HttpContext http, LimitsOptions limits)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature)
            feature.MaxRequestBodySize = limits.MaxRequestBodySize;
    }
}
