using Prometheus;

namespace IslGateway.Telemetry;

/// <summary>
/// The metric families, in a registry of their own, since several gateways may run in one process. Labels are endpoints of the table, words
/// of closed lists and status codes, so no request can add a series by its content.
/// </summary>
internal sealed class GatewayMetrics
{
    /// <summary>
    /// Upper bounds of the latency buckets in seconds. They contain the guide's 0.01, 0.05, 0.1, 0.5, 1, 2 and 5, and its targets, since a
    /// quantile is exact at a bound only; the smaller ones tell hits apart, the larger ones ISL's longest timeouts.
    /// </summary>
    public static readonly double[] LatencyBuckets =
        [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 1.5, 2, 5, 10, 30, 60, 120, 180];

    // The guide's bodies are around 1 KiB, its models up to 100 KiB; ISL's limit of 10 MiB lies below the last bucket but one.
    private static readonly double[] SizeBuckets = [.. Enumerable.Range(4, 9).Select(power => Math.Pow(4, power))];

    private readonly Dictionary<string, EndpointMetrics> _endpoints = [];
    private readonly MetricFamilies _families;

    public GatewayMetrics()
    {
        Registry = Prometheus.Metrics.NewCustomRegistry();
        _families = new MetricFamilies(Prometheus.Metrics.WithCustomRegistry(Registry));
        Requests = Counter(MetricNames.Requests,
            "Requests by endpoint and success or error (status 400 and above, or an answer that broke off).",
            "endpoint", "status");
        Latency = Histogram(
            MetricNames.Latency, "Time from a request's head to the end of its answer, in seconds.",
            exemplars: new ExemplarBehavior
            {
                DefaultExemplarProvider = static (_, _) => Exemplar.FromTraceContext(),
                NewExemplarMinInterval = EndpointMetrics.ExemplarInterval,
            });
        CacheHits = Counter(MetricNames.CacheHits,
            "Requests to cacheable rows that were served from the cache, stale ones too.", "endpoint");
        CacheMisses = Counter(MetricNames.CacheMisses,
            "Requests to cacheable rows that were not: misses, collapsed, bypassed and refused.", "endpoint");
        LatencyTarget = Gauge(MetricNames.LatencyTarget,
            "The LatencyTarget of the endpoint's row, in seconds; a P95 above it is too slow. Without a series where there is none.",
            "endpoint");
        GatewayRequests = Counter(MetricNames.GatewayRequests,
            "Requests by endpoint, what the cache did, and status code; other once an endpoint has 64 pairs of both.",
            "endpoint", "cache", "code");
        BrokenOff = Counter(MetricNames.BrokenOff, "Answers that broke off after their status had been sent.", "endpoint");
        UpstreamDuration = Histogram(MetricNames.UpstreamDuration, "Time that ISL took for a call, in seconds.");
        Overhead = Histogram(MetricNames.Overhead, "Latency less the time that ISL took, in seconds.");
        Saved = Counter(MetricNames.Saved,
            "Seconds of ISL time that hits and collapsed requests made unnecessary: what ISL took for the very answers served.",
            "endpoint");
        Spent = Counter(MetricNames.Spent,
            "Seconds that calls to ISL took, by purpose (fill, pass, refresh, warm, sentinel, retry, probe, poll).", "endpoint", "purpose");
        UpstreamCalls = Counter(MetricNames.UpstreamCalls, "Calls that were made to ISL, by purpose.", "endpoint", "purpose");
        UpstreamInflight = Gauge(MetricNames.UpstreamInflight, "Calls to ISL under way.").WithLabels();
        UpstreamConnections = Gauge(MetricNames.UpstreamConnections,
            "Connections to ISL by state (active, idle), health polls' excepted.", "state");
        PoolUtilization = Gauge(MetricNames.PoolUtilization,
            "Active connections to ISL per replica, as a share of the smaller of Isl:MaxConnections and Limits:MaxConcurrentUpstream.")
            .WithLabels();
        CircuitState = Gauge(MetricNames.CircuitState,
            "1 for the state in which a replica's circuit is for a family of endpoints (closed, open, half-open), 0 for the others.",
            "replica", "family", "state");
        CooledQuestions = Gauge(MetricNames.CooledQuestions,
            "Requests that are refused for a while because ISL fails at them every time.").WithLabels();
        QueueLength = Gauge(MetricNames.QueueLength, "Calls that wait for a place upstream.").WithLabels();
        QueueRefused = Counter(MetricNames.QueueRefused,
            "Calls that got no place upstream: too many waited, or it would have taken or took too long.").WithLabels();
        FillLeases = Counter(MetricNames.FillLeases,
            "Misses that asked for a lease first: taken (this gateway asks ISL), shared (another's answer), without (none was to be had).",
            "outcome");
        QueueWait = _families.Histogram(
            MetricNames.QueueWait, "How long a call waited for a place upstream, in seconds, those that got none included.", []);
        RequestSize = Histogram(MetricNames.RequestSize, "Bytes of request bodies as received, where their length is known.", SizeBuckets);
        ResponseSize = Histogram(MetricNames.ResponseSize,
            "Bytes of answers as sent, where their length is known beforehand.", SizeBuckets);
        Connections = Gauge(MetricNames.Connections, "Connections of callers that are open.").WithLabels();
        ConnectionsRefused = Counter(MetricNames.ConnectionsRefused,
            "Connections that were closed at once because Limits:MaxConnections were open.").WithLabels();
        BufferedBytes = Gauge(MetricNames.BufferedBytes, "Bytes that count against Limits:MaxBufferedBytes.").WithLabels();
        CacheMode = Gauge(MetricNames.CacheMode, "1 for the Cache:Mode in force (On, Observe, Off), 0 for the others.", "mode");
        CacheEntries = Gauge(MetricNames.CacheEntries, "Stored answers by tier; Redis is counted by Redis.", "tier");
        CacheBytes = Gauge(MetricNames.CacheBytes, "Bytes of stored answers by tier.", "tier");
        CacheErrors = Counter(MetricNames.CacheErrors,
            "Cache operations that failed, by tier and reason; each is a miss to the caller, never an error.", "tier", "reason");
        CacheEvictions = Counter(MetricNames.CacheEvictions,
            "Answers that went for want of memory, by reason: stale; worth, the least worth; refused, new ones worth far less.", "reason");
        Observed = Counter(MetricNames.Observed,
            "In Observe mode: what the cache would have done, by endpoint and result (equal, different, miss).", "endpoint", "result");
        RateLimitRemaining = Gauge(MetricNames.RateLimitRemaining,
            "The fewest calls that ISL's rate limit is known to leave any credential, as it said within the last 60 s.").WithLabels();
        RateLimit = Gauge(MetricNames.RateLimit, "The limit that isl_gateway_upstream_ratelimit_remaining is left of.").WithLabels();
        Replays = new ReplayMetrics(_families);
        Comparisons = new CompareMetrics(_families);
        Quarantined = Gauge(MetricNames.Quarantined,
            "1 while a row goes past the cache because the sentinel found its answers to differ, else 0.", "endpoint");
        SchemaChecks = Counter(MetricNames.SchemaChecks,
            "Bodies of rows with Validation=Schema that were about to be sent to ISL, by endpoint and result (valid, refused, "
            + "unchecked; passed: invalid, but ISL was asked; contradicted: and it took the body).", "endpoint", "result");
        SchemaKnown = Gauge(MetricNames.SchemaKnown,
            "1 while bodies of a row with Validation=Schema can be checked, 0 while ISL's schema for them is not known.", "endpoint");
        Samples = new SampleMetrics(_families);
        Purges = Counter(MetricNames.Purges, "Purges that this gateway was asked for, by scope (all, endpoint, user).", "scope");
        RedisConfigured = Gauge(MetricNames.RedisConfigured, "1 if the gateway has a Redis, 0 if it is memory only.").WithLabels();
        RedisUp = Gauge(MetricNames.RedisUp,
            "1 while Redis answers within what a request would wait, be it by refusals; 0 while it does not or is not configured.")
            .WithLabels();
        ClockSkew = Gauge(MetricNames.ClockSkew,
            "Seconds by which this gateway's clock is ahead of Redis's; negative: behind. Nothing that is served depends on it.")
            .WithLabels();
        ClockSkew.Unpublish();
        RedisChannelsUp = Gauge(MetricNames.RedisChannelsUp,
            "1 while Redis carries messages between gateways; else 0: each looks twice a second instead, or there is no Redis.")
            .WithLabels();
        EpochInfo = Gauge(MetricNames.EpochInfo,
            "1 for each configuration that a live replica reports.", "replica", "fingerprint", "version", "build");
        EpochAge = Gauge(MetricNames.EpochAge, "Seconds since the youngest evidence of ISL's configuration.").WithLabels();
        EpochMaxAge = Gauge(MetricNames.EpochMaxAge,
            "Isl:EpochMaxAge in seconds: from that isl_gateway_epoch_age_seconds on there are no fresh hits.").WithLabels();
        UpstreamInfo = Gauge(MetricNames.UpstreamInfo, "1, labelled with what stands upstream: isl or simulator.", "kind");
        MislabelledEncoding = Counter(MetricNames.MislabelledEncoding,
            "Bodies labelled gzip that were plain JSON, as the guide's client sends small ones.").WithLabels();
        LogLinesDropped = Counter(MetricNames.LogLinesDropped,
            "Log lines that were dropped because nobody read standard output.").WithLabels();
        KeyLogLines = Counter(MetricNames.KeyLogLines,
            "Lines of Telemetry:KeyLog by result: written, dropped (the disk was too slow), failed (not writable).", "result");
        BuildInfo = Gauge(MetricNames.BuildInfo, "1, labelled with the gateway's version.", "version");
        ConfigReload = Gauge(MetricNames.ConfigReload,
            "1 if the last reload of the settings was taken, 0 if it was refused and the old ones hold.").WithLabels();
        ConfigReload.Set(1);
        BuildInfo.WithLabels(Version).Set(1);
    }

    /// <summary>The gateway's version.</summary>
    public static string Version { get; } = typeof(GatewayMetrics).Assembly.GetName().Version!.ToString(3);

    public CollectorRegistry Registry { get; }

    public Counter Requests { get; }

    public Histogram Latency { get; }

    public Counter CacheHits { get; }

    public Counter CacheMisses { get; }

    public Gauge LatencyTarget { get; }

    public Counter GatewayRequests { get; }

    public Counter BrokenOff { get; }

    public Histogram UpstreamDuration { get; }

    public Histogram Overhead { get; }

    public Counter Saved { get; }

    public Counter Spent { get; }

    public Counter UpstreamCalls { get; }

    public Gauge.Child UpstreamInflight { get; }

    public Gauge UpstreamConnections { get; }

    public Gauge.Child PoolUtilization { get; }

    public Gauge CircuitState { get; }

    public Gauge.Child CooledQuestions { get; }

    public Gauge.Child QueueLength { get; }

    public Counter.Child QueueRefused { get; }

    public Counter FillLeases { get; }

    public Histogram QueueWait { get; }

    public Histogram RequestSize { get; }

    public Histogram ResponseSize { get; }

    public Gauge.Child Connections { get; }

    public Counter.Child ConnectionsRefused { get; }

    public Gauge.Child BufferedBytes { get; }

    public Gauge CacheMode { get; }

    public Gauge CacheEntries { get; }

    public Gauge CacheBytes { get; }

    public Counter CacheErrors { get; }

    public Counter CacheEvictions { get; }

    public Counter Observed { get; }

    public Gauge.Child RateLimitRemaining { get; }

    public Gauge.Child RateLimit { get; }

    public ReplayMetrics Replays { get; }

    public CompareMetrics Comparisons { get; }

    public Gauge Quarantined { get; }

    public Counter SchemaChecks { get; }

    public Gauge SchemaKnown { get; }

    public SampleMetrics Samples { get; }

    public Counter Purges { get; }

    public Gauge.Child RedisConfigured { get; }

    public Gauge.Child RedisUp { get; }

    public Gauge.Child ClockSkew { get; }

    public Gauge.Child RedisChannelsUp { get; }

    public Gauge EpochInfo { get; }

    public Gauge.Child EpochAge { get; }

    public Gauge.Child EpochMaxAge { get; }

    public Gauge UpstreamInfo { get; }

    public Counter.Child MislabelledEncoding { get; }

    public Counter.Child LogLinesDropped { get; }

    public Counter KeyLogLines { get; }

    public Gauge BuildInfo { get; }

    public Gauge.Child ConfigReload { get; }

    /// <summary>
    /// Makes the series of an endpoint; called before the first request, once for each row. Rows of the same path share the series; if one
    /// of them is cacheable, hits and misses are counted.
    /// </summary>
    public void AddEndpoint(string endpoint, bool cacheable)
    {
        if (cacheable || !_endpoints.ContainsKey(endpoint)) _endpoints[endpoint] = new EndpointMetrics(this, endpoint, cacheable);
    }

    /// <summary>Tells an endpoint's latency target; of rows that share a path the strictest counts.</summary>
    public void AddLatencyTarget(string endpoint, TimeSpan target)
    {
        var series = LatencyTarget.WithLabels(endpoint);
        series.Set(series.Value > 0 ? Math.Min(series.Value, target.TotalSeconds) : target.TotalSeconds);
    }

    /// <summary>The series of every endpoint.</summary>
    public IReadOnlyCollection<EndpointMetrics> Endpoints => _endpoints.Values;

    /// <summary>The series of an endpoint that was added.</summary>
    public EndpointMetrics Endpoint(string endpoint) => _endpoints[endpoint];

    /// <summary>Counts a call to ISL; nothing if the endpoint was not added.</summary>
    /// <param name="endpoint">The row's path, or <c>other</c>.</param>
    /// <param name="purpose">What it was made for.</param>
    /// <param name="took">How long it took, however it ended.</param>
    public void CountCall(string endpoint, CallPurpose purpose, TimeSpan took) =>
        _endpoints.GetValueOrDefault(endpoint)?.Calls.Count(purpose, took);

    /// <summary>The current counts of every endpoint.</summary>
    public IEnumerable<EndpointTally> Tallies() =>
        _endpoints.OrderBy(endpoint => endpoint.Key, StringComparer.Ordinal).Select(endpoint => endpoint.Value.Tally());

    private Counter Counter(string name, string help, params string[] labels) => _families.Counter(name, help, labels);

    private Gauge Gauge(string name, string help, params string[] labels) => _families.Gauge(name, help, labels);

    private Histogram Histogram(string name, string help, double[]? buckets = null, ExemplarBehavior? exemplars = null) =>
        _families.Histogram(name, help, ["endpoint"], buckets, exemplars);
}
