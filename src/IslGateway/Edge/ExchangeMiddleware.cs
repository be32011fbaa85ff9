using System.Globalization;
using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;

namespace IslGateway.Edge;

/// <summary>
/// The outermost step: gives the request its identity and its row, and once the answer is made, the headers that every answer carries, the
/// error body if the gateway must make one, the counts and the log line.
/// </summary>
internal sealed partial class ExchangeMiddleware(
    RequestDelegate next, EndpointTable table, BufferBudget buffers, SettingsMonitor settings, GatewayMetrics metrics, ILogger<ExchangeMiddleware> logger)
{
    private static readonly Func<ILogger, string, IDisposable?> RequestScope = LoggerMessage.DefineScope<string>("request {RequestId}");

    public async Task InvokeAsync(HttpContext context)
    {
        var exchange = Open(context);
        using var scope = RequestScope(logger, exchange.RequestId);
        context.Response.OnStarting(static state => Stamp((HttpContext)state), context);
        try
        {
            await next(context);
            if (exchange.Problem is null && !context.Response.HasStarted && exchange.Unanswered is { } problem)
            {
                if (context.RequestAborted.IsCancellationRequested) Leave(context, exchange);
                else exchange.Fail(problem);
            }
        }
        catch (OperationCanceledException e) when (e.InnerException is ConnectionAbortedException || context.RequestAborted.IsCancellationRequested)
        {
            // A connection that is cut ends the reading of a body a moment before the request says that it is aborted.
            Leave(context, exchange);
        }
        catch (IOException e) when (e is ConnectionResetException || e.InnerException is ConnectionAbortedException)
        {
            Leave(context, exchange);
        }
        catch (BadHttpRequestException e)
        {
            exchange.Fail(Problems.UnreadableBody(e.StatusCode, e.Message));
        }
        catch (IOException e) when (e.InnerException is OverflowException)
        {
            // How Kestrel says that a chunk's size is beyond what it can count.
            exchange.Fail(Problems.MalformedRequest(StatusCodes.Status400BadRequest, "A chunk's size is out of range."));
        }
        catch (OutOfMemoryException) when (!context.Response.HasStarted)
        {
            exchange.Fail(Problems.BuffersFull());
        }
        catch (Exception e) when (!context.Response.HasStarted)
        {
            LogFailed(exchange.Label, exchange.RequestId, e);
            exchange.Fail(Problems.Internal());
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            exchange.BrokeOff = true;
            throw;
        }
        finally
        {
            await FinishAsync(context, exchange);
        }
    }

    /// <summary>Writes the error, if there is one to write; whatever becomes of that, the exchange is closed.</summary>
    private async Task FinishAsync(HttpContext context, Exchange exchange)
    {
        try
        {
            // Before the error is written: its caller may take long to read.
            exchange.Body?.Dispose();
            if (exchange.Problem is not null && !context.Response.HasStarted && !context.RequestAborted.IsCancellationRequested)
                await ProblemWriter.WriteAsync(context, exchange.RequestId, exchange.Problem);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            Leave(context, exchange);
        }
        finally
        {
            Close(context, exchange);
        }
    }

    private Exchange Open(HttpContext context)
    {
        var target = RawTarget.InOriginForm(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        var row = table.Match(RawTarget.PathOf(target), context.Request.Method);
        var exchange = new Exchange
        {
            RequestId = RequestId.Of(context.Request.Headers, out var isOwn),
            HasOwnId = isOwn,
            RawTarget = target,
            Settings = settings.Current,
            Buffers = buffers,
            Row = row?.Accepts(context.Request.Method) == true ? row : null,
        };
        context.Features.Set(exchange);

        CallerScheme.Tell(context.Request);

        // What matches no row is forwarded as it came, its id included.
        if (exchange.Row is not null) context.Request.Headers[RequestId.Header] = exchange.RequestId;
        return exchange;
    }

    private static void Leave(HttpContext context, Exchange exchange)
    {
        exchange.Outcome = CacheOutcome.Answered(Reason.CallerLeft);
        if (!context.Response.HasStarted) context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
    }

    private static Task Stamp(HttpContext context)
    {
        var exchange = Exchange.Of(context);
        var headers = context.Response.Headers;
        if (exchange.Row is not null || !headers.ContainsKey(RequestId.Header)) headers[RequestId.Header] = exchange.RequestId;
        TraceHeaders.Restore(context, exchange);

        var outcome = exchange.Outcome;
        if (outcome.Disposition is CacheDisposition.Bypass && context.Response.StatusCode != StatusCodes.Status200OK)
            exchange.Outcome = outcome = outcome with { ForwardStatus = context.Response.StatusCode };
        headers.Append("Cache-Status", outcome.ToString());
        headers.Append("Server-Timing", Timing(exchange));
        return Task.CompletedTask;
    }

    /// <summary>Milliseconds spent here and at ISL, and on a hit, what ISL was spared.</summary>
    private static string Timing(Exchange exchange)
    {
        var elapsed = exchange.Elapsed.TotalMilliseconds;
        var upstream = exchange.Upstream.TotalMilliseconds;
        var timing = string.Create(CultureInfo.InvariantCulture, $"gateway;dur={Math.Max(0, elapsed - upstream):0.###}, isl;dur={upstream:0.###}");
        return exchange.Outcome.IsHit ? string.Create(CultureInfo.InvariantCulture, $"{timing}, saved;dur={exchange.Saved.TotalMilliseconds:0.###}") : timing;
    }

    private void Close(HttpContext context, Exchange exchange)
    {
        var received = exchange.Body?.Length ?? LengthOf(context.Request);
        var status = context.Response.StatusCode;
        var outcome = exchange.Outcome;
        bool? isHit = exchange.Row is { IsCacheable: true } ? outcome.IsHit : null;
        metrics.Endpoint(exchange.Label).Observe(
            status, outcome.Label, isHit, exchange.Elapsed, exchange.Upstream, exchange.Saved, exchange.BrokeOff);
        metrics.Endpoint(exchange.Label).ObserveSizes(received, HttpMethods.IsHead(context.Request.Method) ? 0 : context.Response.ContentLength);
        LogExchange(exchange.RequestId, exchange.Label, status, outcome.Label, exchange.Elapsed.TotalMilliseconds, exchange.Upstream.TotalMilliseconds);
    }

    /// <summary>The length of a body that streams through, as far as its framing says.</summary>
    private static long? LengthOf(HttpRequest request) => request.Headers.TransferEncoding.Count > 0 ? null : request.ContentLength ?? 0;

    [LoggerMessage(Level = LogLevel.Debug, Message = "{RequestId} {Endpoint} {Status} {Cache} in {ElapsedMs:0.0} ms, ISL {UpstreamMs:0.0} ms")]
    private partial void LogExchange(string requestId, string endpoint, int status, string cache, double elapsedMs, double upstreamMs);

    [LoggerMessage(Level = LogLevel.Error, Message = "A request to {Endpoint} failed unexpectedly (request {RequestId})")]
    private partial void LogFailed(string endpoint, string requestId, Exception exception);
}
