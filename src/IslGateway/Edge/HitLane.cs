using System.Diagnostics;
using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Samples;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Edge;

/// <summary>
/// The short way of the plain case: a request to a deterministic row, with nothing in its head that asks for more than an answer, whose
/// answer lies in memory. It is served here, by the same rules and writers; everything else goes the whole journey, with what was read.
/// <code>
///   1. head     identity and row; anything out of the ordinary: the whole journey
///   2. body     as it came; what has not arrived yet is waited for
///   3. lookup   memory, for a proven credential (<see cref="PlainHits"/>); no hit: the whole journey
///   4. answer   as on the whole journey
/// </code>
/// </summary>
internal sealed class HitLane
{
    private readonly RequestDelegate _next;
    private readonly ContextFactory _contexts;
    private readonly BodyIntake _intake;
    private readonly PlainHits _hits;
    private readonly ExchangeEnd _end;
    private readonly RequestCount _count;
    private readonly CancellationToken _stopping;

    public HitLane(
        RequestDelegate next, ContextFactory contexts, BodyIntake intake, PlainHits hits, ExchangeEnd end, RequestCount count,
        IHostApplicationLifetime lifetime)
    {
        (_next, _contexts, _intake, _hits, _end, _count) = (next, contexts, intake, hits, end, count);
        _stopping = lifetime.ApplicationStopping;
    }

    public Task InvokeAsync(HttpContext http)
    {
        // 1. Head. Headers that are for this hop alone are taken away on the journey, before it looks at any other.
        if (!HopByHopMiddleware.NamesNone(http.Request.Headers)) return _next(http);
        var context = _contexts.Create(http);
        if (context.Row is not { Cache: CachePolicy.Deterministic, IsInExperiment: false } row
            || !IsPlain(http.Request, context.RawTarget, out var coding)
            || _stopping.IsCancellationRequested)
            return LeaveAsync(context);

        // 2. Body.
        _count.Begin();
        context.IsCounted = true;
        var reading = _intake.ReadAsync(context, coding);
        if (!reading.IsCompletedSuccessfully) return WaitAsync(context, row, reading.AsTask());
        context.BodyReading = reading.Result ? Done : Refused;
        return GoOnAsync(context, row);
    }

    private static Task<bool> Done { get; } = Task.FromResult(true);

    private static Task<bool> Refused { get; } = Task.FromResult(false);

    private async Task WaitAsync(CacheContext context, EndpointRow row, Task<bool> reading)
    {
        // What becomes of it is for whoever reads the body on the journey.
        await ((Task)reading).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        context.BodyReading = reading;
        await GoOnAsync(context, row);
    }

    private Task GoOnAsync(CacheContext context, EndpointRow row)
    {
        // 3. Lookup.
        if (context.BodyReading is { IsCompletedSuccessfully: true, Result: true } && TryFind(context, row) is { } hit)
            return ServeAsync(context, hit);
        return LeaveAsync(context);
    }

    private CacheHit? TryFind(CacheContext context, EndpointRow row)
    {
        var span = GatewayActivity.StartChild(GatewayActivity.Lookup);
        CacheHit? found = null;
        try
        {
            return found = _hits.Find(context, row);
        }
        catch (Exception)
        {
            // The journey meets the same, and says so.
            return null;
        }
        finally
        {
            if (span is not null) End(span, found);
        }
    }

    /// <summary>Where there is no hit, the journey looks again, and has a span for that.</summary>
    private static void End(Activity span, CacheHit? found)
    {
        if (found is null)
        {
            GatewayActivity.Discard(span);
            return;
        }

        AnswerLookup.Describe(span, found);
        span.Dispose();
    }

    private async Task ServeAsync(CacheContext context, CacheHit hit)
    {
        // 4. Answer.
        AnswerStamp.AddTo(context);
        try
        {
            await HitAnswer.WriteAsync(context, hit);
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            ExchangeEnd.Leave(context);
        }
        catch (Exception e) when (!context.Http.Response.HasStarted)
        {
            _end.Fail(context, e);
        }
        finally
        {
            await _end.FinishAsync(context);
            _count.End();
        }
    }

    /// <summary>The whole journey, at whose end the request is no longer counted.</summary>
    private Task LeaveAsync(CacheContext context)
    {
        context.Http.Features.Set(context);
        return _next(context.Http);
    }

    private static bool IsPlain(HttpRequest request, string target, out ContentCoding coding)
    {
        var headers = request.Headers;
        coding = ContentCoding.None;
        return request.ContentLength > 0
            && headers.TransferEncoding.Count == 0
            && headers.CacheControl.Count == 0
            && headers.Via.Count == 0
            && headers.Expect.Count == 0
            && !headers.ContainsKey(CallerDirectives.TimeoutHeader)
            && !SampleHeaders.Choose(headers)
            && !request.IsHttps
            && !StrictRequestMiddleware.IsInternationalised(headers.Host)
            && HttpMethods.GetCanonicalizedValue(request.Method) == request.Method
            && RawTarget.IsWellFormed(target)
            && ContentCodings.TryParse(headers.ContentEncoding, out coding);
    }
}
