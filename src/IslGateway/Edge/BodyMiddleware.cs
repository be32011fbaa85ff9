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
/// Reads the body within its limits, where the gateway needs it: on cacheable rows, on rows that change beliefs, and on any other row of
/// the table when it comes encoded, since ISL cannot read that. Everything else streams through.
/// </summary>
internal sealed class BodyMiddleware(RequestDelegate next, BufferBudget budget, BeliefUpdates updates, GatewayMetrics metrics, TimeProvider time)
{
    public async Task InvokeAsync(HttpContext context)
    {
        var exchange = Exchange.Of(context);
        if (exchange.Row is not { } row)
        {
            OpenRequest.WatchBody(context);
            await next(context);
            return;
        }

        var request = context.Request;
        var limits = exchange.Settings.Limits;
        if (!ContentCodings.TryParse(request.Headers.ContentEncoding, out var coding))
        {
            exchange.Fail(Problems.UnsupportedEncoding(request.Headers.ContentEncoding.ToString()));
            return;
        }

        if (!row.IsCacheable && !updates.Concerns(row) && coding == ContentCoding.None)
        {
            request.Headers.Remove(HeaderNames.ContentEncoding);
            if (request.ContentLength > limits.MaxRequestBodySize)
            {
                exchange.Fail(Problems.BodyTooLarge(limits.MaxRequestBodySize));
                return;
            }

            Limit(context, limits);
            OpenRequest.WatchBody(context);
            await next(context);
            return;
        }

        if (await ReadAsync(context, exchange, coding, limits) && Prepare(context, exchange, row, limits)) await next(context);
        if (exchange.Body is { IsMislabelled: true }) metrics.MislabelledEncoding.Inc();
    }

    private async ValueTask<bool> ReadAsync(HttpContext context, Exchange exchange, ContentCoding coding, LimitsOptions limits)
    {
        var request = context.Request;

        // What may yet be a hit is read from the whole budget; what goes to ISL in any case is not to take the room of that.
        var room = exchange.Row!.IsCacheable ? budget : budget.ForFills;
        var wire = new PooledBuffer(room, limits.MaxRequestBodySize);
        exchange.Body = new RequestBody(wire, coding, request.Headers.ContentEncoding.ToString(), room);
        var deadline = CallerDirectives.DeadlineOf(request.Headers, exchange.Row.Timeout);
        switch (await ReadWithinAsync(context, exchange.Left(deadline), wire))
        {
            case null:
                exchange.Fail(Problems.DeadlinePassed(deadline) with { ClosesConnection = true });
                return false;
            case BodyReadResult.TooLarge:
                exchange.Fail(Problems.BodyTooLarge(limits.MaxRequestBodySize));
                return false;
            case BodyReadResult.OverBudget:
                exchange.Fail(Problems.BuffersFull());
                return false;
            default:
                return true;
        }
    }

    /// <summary>The body counts towards the caller's whole wait. Null: it was not here in time.</summary>
    private async ValueTask<BodyReadResult?> ReadWithinAsync(HttpContext context, TimeSpan left, PooledBuffer wire)
    {
        var request = context.Request;
        var reading = BodyReader.ReadAsync(request.BodyReader, request.ContentLength, wire, context.RequestAborted);
        if (reading.IsCompleted) return await reading;
        var task = reading.AsTask();
        var open = context.Features.Get<OpenRequest>();
        open?.WaitForBody();
        try
        {
            return await task.WaitAsync(left, time);
        }
        catch (TimeoutException)
        {
            // The buffer is the reader's until it has ended.
            request.BodyReader.CancelPendingRead();
            await task.ContinueWith(static _ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return null;
        }
        finally
        {
            open?.BodyCame();
        }
    }

    /// <summary>On a row without cache, the plain body is all that is wanted, and it is wanted now.</summary>
    private static bool Prepare(HttpContext context, Exchange exchange, EndpointRow row, LimitsOptions limits)
    {
        if (row.IsCacheable) return true;
        var result = exchange.Body!.TryGetPlain(out var plain);
        if (result is DecodeResult.Ok or DecodeResult.Mislabelled)
        {
            exchange.Body.Attach(context.Request, plain);
            return true;
        }

        exchange.Fail(BodyProblems.Of(result, exchange.Body, limits));
        return false;
    }

    /// <summary>Stops a body that streams through and does not say how long it is, once it is longer than it may be.</summary>
    private static void Limit(HttpContext context, LimitsOptions limits)
    {
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } feature) feature.MaxRequestBodySize = limits.MaxRequestBodySize;
    }
}
