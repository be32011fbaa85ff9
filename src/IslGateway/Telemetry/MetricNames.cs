namespace IslGateway.Telemetry;

/// <summary>Every metric that <c>/metrics</c> exports, by name; the README's table is checked against this list.</summary>
internal static class MetricNames
{
    /// <summary>The guide's: requests by endpoint and <c>success</c> or <c>error</c> (status ≥ 400).</summary>
    public const string Requests = "plot_isl_requests_total";

    /// <summary>The guide's: time from a request's head to the end of its answer, in seconds.</summary>
    public const string Latency = "plot_isl_latency_seconds";

    /// <summary>The guide's: requests to cacheable rows that were served from the cache, stale ones too.</summary>
    public const string CacheHits = "plot_isl_cache_hits_total";

    /// <summary>The guide's: requests to cacheable rows that were not: misses, collapsed, bypassed and refused.</summary>
    public const string CacheMisses = "plot_isl_cache_misses_total";

    /// <summary>Requests by endpoint, what the cache did, and status code.</summary>
    public const string GatewayRequests = "isl_gateway_requests_total";

    /// <summary>Time that ISL took for a call, in seconds.</summary>
    public const string UpstreamDuration = "isl_gateway_upstream_duration_seconds";

    /// <summary>Latency less the time that ISL took, in seconds.</summary>
    public const string Overhead = "isl_gateway_overhead_duration_seconds";

    /// <summary>Seconds of ISL time that hits made unnecessary.</summary>
    public const string Saved = "isl_gateway_saved_seconds_total";

    /// <summary>Calls to ISL under way.</summary>
    public const string UpstreamInflight = "isl_gateway_upstream_inflight";

    /// <summary>Connections to ISL by state (<c>active</c>, <c>idle</c>), health polls' excepted.</summary>
    public const string UpstreamConnections = "isl_gateway_upstream_connections";

    /// <summary>Active connections to ISL as a share of what may be used: the smaller of <c>Isl:MaxConnections</c> and <c>Limits:MaxConcurrentUpstream</c>, times the replicas.</summary>
    public const string PoolUtilization = "isl_gateway_upstream_pool_utilization_ratio";

    /// <summary>1 for the state in which a replica's circuit is for a family of endpoints (<c>closed</c>, <c>open</c>, <c>half-open</c>), 0 for the others.</summary>
    public const string CircuitState = "isl_gateway_circuit_state";

    /// <summary>Questions that are refused for a while because ISL fails at them every time.</summary>
    public const string CooledQuestions = "isl_gateway_cooled_questions";

    /// <summary>Fills that wait for a place upstream.</summary>
    public const string QueueLength = "isl_gateway_queue_length";

    /// <summary>Fills that asked the other gateways first: <c>taken</c> (this one fills), <c>shared</c> (another's answer), <c>without</c> (no lease was to be had).</summary>
    public const string FillLeases = "isl_gateway_fill_leases_total";

    /// <summary>How long a fill waited for a place upstream, in seconds, those that got none included.</summary>
    public const string QueueWait = "isl_gateway_queue_wait_seconds";

    /// <summary>Bytes of request bodies as received, where their length is known.</summary>
    public const string RequestSize = "isl_gateway_request_size_bytes";

    /// <summary>Bytes of answers as sent, where their length is known beforehand.</summary>
    public const string ResponseSize = "isl_gateway_response_size_bytes";

    /// <summary>Connections of callers that are open.</summary>
    public const string Connections = "isl_gateway_connections";

    /// <summary>Connections that were closed at once because <c>Limits:MaxConnections</c> were open.</summary>
    public const string ConnectionsRefused = "isl_gateway_connections_refused_total";

    /// <summary>Bytes that count against <c>Limits:MaxBufferedBytes</c>.</summary>
    public const string BufferedBytes = "isl_gateway_buffered_bytes";

    /// <summary>Stored answers by tier; Redis is counted by Redis.</summary>
    public const string CacheEntries = "isl_gateway_cache_entries";

    /// <summary>Bytes of stored answers by tier.</summary>
    public const string CacheBytes = "isl_gateway_cache_bytes";

    /// <summary>Cache operations that failed, by tier and reason; each is a miss to the caller, never an error.</summary>
    public const string CacheErrors = "isl_gateway_cache_errors_total";

    /// <summary>In <c>Observe</c> mode: what the cache would have done, by endpoint and result (<c>equal</c>, <c>different</c>, <c>miss</c>).</summary>
    public const string Observed = "isl_gateway_observed_total";

    /// <summary>The fewest calls that ISL's rate limit is known to leave any credential, as it said within the last 60 s.</summary>
    public const string RateLimitRemaining = "isl_gateway_upstream_ratelimit_remaining";

    /// <summary>Hits that the sentinel had ISL recompute, by endpoint and result (<c>equal</c>, <c>different</c>, <c>inconclusive</c>).</summary>
    public const string SentinelChecks = "isl_gateway_sentinel_checks_total";

    /// <summary>1 while a row goes past the cache because the sentinel found its answers to differ, else 0.</summary>
    public const string Quarantined = "isl_gateway_quarantined";

    /// <summary>Purges that this gateway was asked for, by scope (<c>all</c>, <c>endpoint</c>, <c>user</c>).</summary>
    public const string Purges = "isl_gateway_purges_total";

    /// <summary>1 while Redis answers within what a request would wait, be it by refusals; 0 while it does not or is not configured.</summary>
    public const string RedisUp = "isl_gateway_redis_up";

    /// <summary>1 for each epoch that a live replica reports.</summary>
    public const string EpochInfo = "isl_gateway_epoch_info";

    /// <summary>Seconds since the youngest evidence of ISL's configuration.</summary>
    public const string EpochAge = "isl_gateway_epoch_age_seconds";

    /// <summary>1, labelled with what stands upstream: <c>isl</c> or <c>simulator</c>.</summary>
    public const string UpstreamInfo = "isl_gateway_upstream_info";

    /// <summary>Bodies labelled gzip that were plain JSON, as the guide's client sends small ones.</summary>
    public const string MislabelledEncoding = "isl_gateway_mislabelled_encoding_total";

    /// <summary>Log lines that were dropped because nobody read standard output.</summary>
    public const string LogLinesDropped = "isl_gateway_log_lines_dropped_total";

    /// <summary>1, labelled with the gateway's version.</summary>
    public const string BuildInfo = "isl_gateway_build_info";

    /// <summary>1 if the last reload of the settings was taken, 0 if it was refused and the old ones hold.</summary>
    public const string ConfigReload = "isl_gateway_config_last_reload_successful";
}
