using IslGateway.Caching;
using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Edge;

/// <summary>
/// Tells of single requests: a line for each that failed or was slow, within a limit; a line for every one where
/// <c>Telemetry:AccessLog</c> is set; and the slowest of each endpoint, kept for a while.
/// </summary>
internal sealed partial class RequestLog : IDisposable
{
    private readonly SettingsMonitor _settings;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<RequestLog> _logger;
    private readonly LineBudget _failed;
    private readonly LineBudget _slow;
    private readonly ITimer _slices;

    public RequestLog(SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time, ILogger<RequestLog> logger)
    {
        (_settings, _metrics, _time, _logger) = (settings, metrics, time, logger);
        _failed = new LineBudget(time, left => LogLeftOut(left, "failed"));
        _slow = new LineBudget(time, left => LogLeftOut(left, "slow"));
        _slices = time.CreateTimer(
            static log => ((RequestLog)log!).Advance(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        settings.Changed += Follow;
        Follow(settings.Current);
    }

    /// <summary>The slowest requests of each endpoint that ended within <c>Telemetry:SlowestRequestsFor</c>, slowest first.</summary>
    public IEnumerable<SlowRequest> Slowest() => _metrics.Endpoints
        .SelectMany(endpoint => endpoint.Slowest.Read(_settings.Current.Telemetry.SlowestRequestsFor, _time))
        .OrderByDescending(request => request.Duration);

    /// <summary>Takes in a request that has ended.</summary>
    /// <param name="context">The request.</param>
    /// <param name="endpoint">The series of its endpoint.</param>
    /// <param name="status">The status that its caller was given.</param>
    /// <param name="elapsed">How long it took.</param>
    public void Take(CacheContext context, EndpointMetrics endpoint, int status, TimeSpan elapsed)
    {
        if (endpoint.Slowest.Admit(elapsed)) endpoint.Slowest.Keep(Record(context, status, elapsed));
        var telemetry = context.Settings.Telemetry;
        if (status >= StatusCodes.Status500InternalServerError || context.BrokeOff)
        {
            if (_failed.TryTake(telemetry.RequestLinesPerMinute)) Write(context, status, elapsed, LogFailed);
        }
        else if (elapsed >= telemetry.SlowRequestThreshold && !(elapsed < context.Row?.LatencyTarget))
        {
            if (_slow.TryTake(telemetry.RequestLinesPerMinute)) Write(context, status, elapsed, LogSlow);
        }

        if (telemetry.AccessLog) Write(context, status, elapsed, LogAccess);
    }

    public void Dispose()
    {
        _settings.Changed -= Follow;
        _slices.Dispose();
        _failed.Dispose();
        _slow.Dispose();
    }

    private void Follow(GatewaySettings settings)
    {
        var slice = settings.Telemetry.SlowestRequestsFor / SlowestRequests.Slices;
        _slices.Change(slice, slice);
        foreach (var endpoint in _metrics.Endpoints) endpoint.Slowest.Resize(settings.Telemetry.SlowestRequests);
    }

    private void Advance()
    {
        foreach (var endpoint in _metrics.Endpoints) endpoint.Slowest.Advance();
    }

    private SlowRequest Record(CacheContext context, int status, TimeSpan elapsed) => new()
    {
        Endpoint = context.Label,
        RequestId = context.RequestId,
        TraceId = CurrentTrace.IdOf(context.Http.Request.Headers.TraceParent),
        At = _time.GetUtcNow() - elapsed,
        EndedAt = _time.GetTimestamp(),
        Status = status,
        CacheStatus = context.Outcome.ToString(),
        Duration = elapsed,
        Upstream = OwnPartOf(context, elapsed),
        Queued = context.Queued,
    };

    /// <summary>ISL's part of a request: a call that others had begun may have taken longer than this request was there.</summary>
    private static TimeSpan OwnPartOf(CacheContext context, TimeSpan elapsed) =>
        context.Upstream < elapsed ? context.Upstream : elapsed;

    private static void Write(
        CacheContext context, int status, TimeSpan elapsed,
        Action<string, string, int, string, double, double, double, string?> log) =>
        log(
            context.RequestId, context.Label, status, context.Outcome.ToString(), elapsed.TotalMilliseconds,
            OwnPartOf(context, elapsed).TotalMilliseconds, context.Queued.TotalMilliseconds,
            CurrentTrace.IdOf(context.Http.Request.Headers.TraceParent));

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Failed: {RequestId} {Endpoint} {Status} {CacheStatus} in {ElapsedMs:0.0} ms, ISL {UpstreamMs:0.0} ms, queue {QueueMs:0.0} ms, "
        + "trace {TraceId}")]
    private partial void LogFailed(
        string requestId, string endpoint, int status, string cacheStatus, double elapsedMs, double upstreamMs, double queueMs,
        string? traceId);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Slow: {RequestId} {Endpoint} {Status} {CacheStatus} in {ElapsedMs:0.0} ms, ISL {UpstreamMs:0.0} ms, queue {QueueMs:0.0} ms, "
        + "trace {TraceId}")]
    private partial void LogSlow(
        string requestId, string endpoint, int status, string cacheStatus, double elapsedMs, double upstreamMs, double queueMs,
        string? traceId);

    [LoggerMessage(Level = LogLevel.Information, Message =
        "{RequestId} {Endpoint} {Status} {CacheStatus} in {ElapsedMs:0.0} ms, ISL {UpstreamMs:0.0} ms, queue {QueueMs:0.0} ms, "
        + "trace {TraceId}")]
    private partial void LogAccess(
        string requestId, string endpoint, int status, string cacheStatus, double elapsedMs, double upstreamMs, double queueMs,
        string? traceId);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "{Count} more requests were {What} within a minute and have no line of their own (Telemetry:RequestLinesPerMinute)")]
    private partial void LogLeftOut(long count, string what);
}
