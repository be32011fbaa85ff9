using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Prometheus;

namespace IslGateway.Telemetry;

/// <summary>The metric series of one endpoint, with the label resolved once.</summary>
internal sealed class EndpointMetrics
{
    /// <summary>Between two exemplars of a series: each replaces the one before, and making one costs more than counting.</summary>
    public static readonly TimeSpan ExemplarInterval = TimeSpan.FromSeconds(1);

    /// <summary>
    /// The most pairs of <c>cache</c> and <c>code</c> that have a series of their own; a busy endpoint comes to a third of that. Beyond it
    /// a word has one series for all other codes, so that an ISL with odd ones cannot add hundreds.
    /// </summary>
    public const int MaxPairs = 64;

    private const int OtherCode = 0;

    private readonly ConcurrentDictionary<(string Cache, int Code), Counter.Child> _requests = new();
    private readonly Lock _adding = new();
    private readonly Counter _requestsFamily;
    private readonly Counter _observedFamily;
    private readonly string _endpoint;
    private readonly Counter.Child _success;
    private readonly Counter.Child _error;
    private readonly Counter.Child _brokenOff;
    private readonly Histogram.Child _latency;
    private readonly LatencyHistogram _report = new(GatewayMetrics.LatencyBuckets);
    private readonly Histogram.Child _upstream;
    private readonly Histogram.Child _overhead;
    private readonly Histogram.Child _requestSize;
    private readonly Histogram.Child _responseSize;
    private readonly Counter.Child _saved;
    private readonly Counter.Child? _hits;
    private readonly Counter.Child? _misses;
    private long _exemplarAt;

    public EndpointMetrics(GatewayMetrics families, string endpoint, bool cacheable)
    {
        _endpoint = endpoint;
        _requestsFamily = families.GatewayRequests;
        _observedFamily = families.Observed;
        _success = families.Requests.WithLabels(endpoint, "success");
        _error = families.Requests.WithLabels(endpoint, "error");
        _brokenOff = families.BrokenOff.WithLabels(endpoint);
        _latency = families.Latency.WithLabels(endpoint);
        _upstream = families.UpstreamDuration.WithLabels(endpoint);
        _overhead = families.Overhead.WithLabels(endpoint);
        _requestSize = families.RequestSize.WithLabels(endpoint);
        _responseSize = families.ResponseSize.WithLabels(endpoint);
        _saved = families.Saved.WithLabels(endpoint);
        Calls = new EndpointCalls(families, endpoint);
        if (!cacheable) return;
        _hits = families.CacheHits.WithLabels(endpoint);
        _misses = families.CacheMisses.WithLabels(endpoint);
    }

    /// <summary>Its slowest requests.</summary>
    public SlowestRequests Slowest { get; } = new();

    /// <summary>The calls that were made to ISL for it.</summary>
    public EndpointCalls Calls { get; }

    /// <summary>Counts one finished exchange.</summary>
    /// <param name="status">The status that the client was given.</param>
    /// <param name="cache">The label of what the cache did.</param>
    /// <param name="hit">
    /// Whether it was served from the cache; null if its row is not cacheable, even if another row of the same path is.
    /// </param>
    /// <param name="elapsed">Duration of the whole exchange.</param>
    /// <param name="upstream">ISL's part of it.</param>
    /// <param name="saved">ISL's time that a hit, or a call that another made, spared.</param>
    /// <param name="brokeOff">Whether the answer broke off: whatever its status, it is an error.</param>
    /// <param name="traceParent">The caller's own trace context, if it sent one.</param>
    public void Observe(
        int status, string cache, bool? hit, TimeSpan elapsed, TimeSpan upstream, TimeSpan saved, bool brokeOff = false,
        string? traceParent = null)
    {
        (status >= 400 || brokeOff ? _error : _success).Inc();
        if (hit is { } isHit) (isHit ? _hits : _misses)?.Inc();
        if (brokeOff) _brokenOff.Inc();
        (_requests.TryGetValue((cache, status), out var known) ? known : SeriesOf(cache, status)).Inc();
        ObserveLatency(elapsed.TotalSeconds, traceParent);
        _report.Observe(elapsed);
        _overhead.Observe(Math.Max(0, (elapsed - upstream).TotalSeconds));
        if (saved > TimeSpan.Zero) _saved.Inc(saved.TotalSeconds);
    }

    /// <summary>Records the sizes of one exchange's bodies; null if a length was not announced.</summary>
    public void ObserveSizes(long? request, long? response)
    {
        if (request is { } received) _requestSize.Observe(received);
        if (response is { } sent) _responseSize.Observe(sent);
    }

    /// <summary>Reads the series. Requests are counted meanwhile, so figures may differ by a few.</summary>
    public EndpointTally Tally() => new()
    {
        Endpoint = _endpoint,
        Requests = (long)(_success.Value + _error.Value),
        Errors = (long)_error.Value,
        ServerErrors = (long)_requests.Where(series => series.Key.Code >= 500).Sum(series => series.Value.Value),
        Hits = (long)(_hits?.Value ?? 0),
        Misses = (long)(_misses?.Value ?? 0),
        ByCache = _requests.GroupBy(series => series.Key.Cache, StringComparer.Ordinal)
            .OrderBy(word => word.Key, StringComparer.Ordinal)
            .ToDictionary(word => word.Key, word => (long)word.Sum(series => series.Value.Value)),
        SavedSeconds = _saved.Value,
        LatencySeconds = _latency.Sum,
        Latency = _report.Summarize(),
        LatencyBuckets = _report.Counts(),
        Calls = Calls.Tally(),
        Observed = _observedFamily.GetAllLabelValues()
            .Where(labels => labels[0] == _endpoint)
            .ToDictionary(labels => labels[1], labels => (long)_observedFamily.WithLabels(labels).Value),
    };

    private Counter.Child SeriesOf(string cache, int status)
    {
        lock (_adding)
        {
            if (_requests.Count >= MaxPairs) status = OtherCode;
            return _requests.GetOrAdd((cache, status), static (key, self) => self._requestsFamily.WithLabels(
                self._endpoint, key.Cache, key.Code == OtherCode ? "other" : key.Code.ToString(CultureInfo.InvariantCulture)), this);
        }
    }

    /// <summary>
    /// The exemplar names the trace: this gateway's span where it records any, else the caller's.
    /// </summary>
    private void ObserveLatency(double seconds, string? traceParent)
    {
        if ((traceParent is not null || Activity.Current is not null)
            && IsExemplarDue(out var now) && TraceOf(traceParent) is { } trace && TakeExemplar(now))
        {
            _latency.Observe(
                seconds,
                Exemplar.From(
                    Exemplar.Pair("trace_id", trace.TraceId.ToHexString()), Exemplar.Pair("span_id", trace.SpanId.ToHexString())));
        }
        else
        {
            _latency.Observe(seconds, Exemplar.None);
        }
    }

    /// <summary>Null where there is no trace, or none that anybody records: it would lead nowhere.</summary>
    private static ActivityContext? TraceOf(string? traceParent)
    {
        if (Activity.Current is { } span) return span.Recorded ? span.Context : null;
        return traceParent is not null && ActivityContext.TryParse(traceParent, null, out var theirs)
            && theirs.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? theirs : null;
    }

    private bool IsExemplarDue(out long now) =>
        Stopwatch.GetElapsedTime(Volatile.Read(ref _exemplarAt), now = Stopwatch.GetTimestamp()) >= ExemplarInterval;

    private bool TakeExemplar(long now)
    {
        var last = Volatile.Read(ref _exemplarAt);
        return Stopwatch.GetElapsedTime(last, now) >= ExemplarInterval && Interlocked.CompareExchange(ref _exemplarAt, now, last) == last;
    }

    /// <summary>Records the length of one call to ISL.</summary>
    public void ObserveUpstream(TimeSpan duration) => _upstream.Observe(duration.TotalSeconds);
}
