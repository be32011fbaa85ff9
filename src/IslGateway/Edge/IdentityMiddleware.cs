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
/// The outermost step. On the way in, gives the request its id and its row; on the way out, the headers that every answer carries, the
/// error body if the gateway must make one, the counts and the log line.
/// </summary>
internal sealed partial class IdentityMiddleware(
    RequestDelegate next, EndpointTable table, BufferBudget buffers, SettingsMonitor settings, GatewayMetrics metrics,
    ILogger<IdentityMiddleware> logger)
{
    private static readonly Func<ILogger, string, IDisposable?> RequestScope = LoggerMessage.DefineScope<string>("request {RequestId}");

    public async Task InvokeAsync(HttpContext http)
    {
        var context = Open(http);
        using var scope = RequestScope(logger, context.RequestId);
        http.Response.OnStarting(static state => Stamp((CacheContext)state), context);
        try
        {
            await next(context.Http);
            if (context.Problem is null && !context.Http.Response.HasStarted && context.Unanswered is { } problem)
            {
                if (context.Http.RequestAborted.IsCancellationRequested) Leave(context);
                else context.Fail(problem);
            }
        }
        catch (OperationCanceledException e) when (e.InnerException is ConnectionAbortedException
            || context.Http.RequestAborted.IsCancellationRequested)
        {
            // When a connection is cut, reading the body fails a moment before the request is reported as aborted.
            Leave(context);
        }
        catch (IOException e) when (e is ConnectionResetException || e.InnerException is ConnectionAbortedException)
        {
            Leave(context);
        }
        catch (BadHttpRequestException e)
        {
            context.Fail(Problems.UnreadableBody(e.StatusCode, e.Message));
        }
        catch (IOException e) when (e.InnerException is OverflowException)
        {
            // Kestrel's exception for a chunk size that is too large to count.
            context.Fail(Problems.MalformedRequest(StatusCodes.Status400BadRequest, "A chunk's size is out of range."));
        }
        catch (OutOfMemoryException) when (!context.Http.Response.HasStarted)
        {
            context.Fail(Problems.BuffersFull());
        }
        catch (Exception e) when (!context.Http.Response.HasStarted)
        {
            LogFailed(context.Label, context.RequestId, e);
            context.Fail(Problems.Internal());
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            context.BrokeOff = true;
            throw;
        }
        finally
        {
            await FinishAsync(context);
        }
    }

    /// <summary>Writes the error, if there is one; the context is closed even if that fails.</summary>
    private async Task FinishAsync(CacheContext context)
    {
        try
        {
            // Before the error is written, because its caller may take long to read it.
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
            Close(context);
        }
    }

    private CacheContext Open(HttpContext http)
    {
        var target = RawTarget.InOriginForm(http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        var row = table.Match(RawTarget.PathOf(target), http.Request.Method);
        var context = new CacheContext
        {
            Http = http,
            RequestId = RequestId.Of(http.Request.Headers, out var isOwn),
            HasOwnId = isOwn,
            RawTarget = target,
            Settings = settings.Current,
            Buffers = buffers,
            Row = row?.Accepts(http.Request.Method) == true ? row : null,
        };
        http.Features.Set(context);
        http.Features.Set<IPassedRequest>(context);

        CallerScheme.Tell(http.Request);

        // A request without a row is forwarded as it came, with its own id.
        if (context.Row is not null) http.Request.Headers[RequestId.Header] = context.RequestId;
        return context;
    }

    private static void Leave(CacheContext context)
    {
        context.Outcome = CacheOutcome.Answered(Reason.CallerLeft);
        if (!context.Http.Response.HasStarted) context.Http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
    }

    private static Task Stamp(CacheContext context)
    {
        var headers = context.Http.Response.Headers;
        if (context.Row is not null || !headers.ContainsKey(RequestId.Header)) headers[RequestId.Header] = context.RequestId;
        TraceHeaders.Restore(context);

        var outcome = context.Outcome;
        if (outcome.Disposition is CacheDisposition.Bypass && context.Http.Response.StatusCode != StatusCodes.Status200OK)
            context.Outcome = outcome = outcome with { ForwardStatus = context.Http.Response.StatusCode };
        headers.Append("Cache-Status", outcome.ToString());
        headers.Append("Server-Timing", Timing(context));
        return Task.CompletedTask;
    }

    /// <summary>Milliseconds spent here and at ISL and, on a hit, those that ISL was spared.</summary>
    private static string Timing(CacheContext context)
    {
        var elapsed = context.Elapsed.TotalMilliseconds;
        var upstream = context.Upstream.TotalMilliseconds;
        var timing = string.Create(
            CultureInfo.InvariantCulture, $"gateway;dur={Math.Max(0, elapsed - upstream):0.###}, isl;dur={upstream:0.###}");
        return context.Outcome.IsHit
            ? string.Create(CultureInfo.InvariantCulture, $"{timing}, saved;dur={context.Saved.TotalMilliseconds:0.###}")
            : timing;
    }

    private void Close(CacheContext context)
    {
        var received = context.Body?.Length ?? LengthOf(context.Http.Request);
        var status = context.Http.Response.StatusCode;
        var outcome = context.Outcome;
        bool? isHit = context.Row is { IsCacheable: true } ? outcome.IsHit : null;
        metrics.Endpoint(context.Label).Observe(
            status, outcome.Label, isHit, context.Elapsed, context.Upstream, context.Saved, context.BrokeOff);
        metrics.Endpoint(context.Label).ObserveSizes(
            received, HttpMethods.IsHead(context.Http.Request.Method) ? 0 : context.Http.Response.ContentLength);
        LogRequest(
            context.RequestId, context.Label, status, outcome.Label, context.Elapsed.TotalMilliseconds, context.Upstream.TotalMilliseconds);
    }

    /// <summary>The length of a streamed body, if its framing tells.</summary>
    private static long? LengthOf(HttpRequest request) => request.Headers.TransferEncoding.Count > 0 ? null : request.ContentLength ?? 0;

    [LoggerMessage(Level = LogLevel.Debug, Message =
        "{RequestId} {Endpoint} {Status} {Cache} in {ElapsedMs:0.0} ms, ISL {UpstreamMs:0.0} ms")]
    private partial void LogRequest(string requestId, string endpoint, int status, string cache, double elapsedMs, double upstreamMs);

    [LoggerMessage(Level = LogLevel.Error, Message = "A request to {Endpoint} failed unexpectedly (request {RequestId})")]
    private partial void LogFailed(string endpoint, string requestId, Exception exception);
}
