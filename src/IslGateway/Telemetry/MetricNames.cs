namespace IslGateway.Telemetry;

/// <summary>The name of every metric that <c>/metrics</c> exports; <see cref="GatewayMetrics"/> describes each.</summary>
internal static class MetricNames
{
    public const string Requests = "plot_isl_requests_total";
    public const string Latency = "plot_isl_latency_seconds";
    public const string CacheHits = "plot_isl_cache_hits_total";
    public const string CacheMisses = "plot_isl_cache_misses_total";
    public const string LatencyTarget = "isl_gateway_latency_target_seconds";
    public const string GatewayRequests = "isl_gateway_requests_total";
    public const string BrokenOff = "isl_gateway_answers_broken_off_total";
    public const string UpstreamDuration = "isl_gateway_upstream_duration_seconds";
    public const string Overhead = "isl_gateway_overhead_duration_seconds";
    public const string Saved = "isl_gateway_saved_seconds_total";
    public const string Spent = "isl_gateway_spent_seconds_total";
    public const string UpstreamCalls = "isl_gateway_upstream_calls_total";
    public const string UpstreamInflight = "isl_gateway_upstream_inflight";
    public const string UpstreamConnections = "isl_gateway_upstream_connections";
    public const string PoolUtilization = "isl_gateway_upstream_pool_utilization_ratio";
    public const string CircuitState = "isl_gateway_circuit_state";
    public const string CooledQuestions = "isl_gateway_cooled_questions";
    public const string QueueLength = "isl_gateway_queue_length";
    public const string QueueRefused = "isl_gateway_queue_refused_total";
    public const string FillLeases = "isl_gateway_fill_leases_total";
    public const string QueueWait = "isl_gateway_queue_wait_seconds";
    public const string RequestSize = "isl_gateway_request_size_bytes";
    public const string ResponseSize = "isl_gateway_response_size_bytes";
    public const string Connections = "isl_gateway_connections";
    public const string ConnectionsRefused = "isl_gateway_connections_refused_total";
    public const string BufferedBytes = "isl_gateway_buffered_bytes";
    public const string CacheMode = "isl_gateway_cache_mode";
    public const string CacheEntries = "isl_gateway_cache_entries";
    public const string CacheBytes = "isl_gateway_cache_bytes";
    public const string CacheErrors = "isl_gateway_cache_errors_total";
    public const string Observed = "isl_gateway_observed_total";
    public const string RateLimitRemaining = "isl_gateway_upstream_ratelimit_remaining";
    public const string RateLimit = "isl_gateway_upstream_ratelimit_limit";
    public const string Warmed = "isl_gateway_warmed_total";
    public const string SentinelChecks = "isl_gateway_sentinel_checks_total";
    public const string Quarantined = "isl_gateway_quarantined";
    public const string SchemaChecks = "isl_gateway_schema_checks_total";
    public const string SchemaKnown = "isl_gateway_schema_known";
    public const string Precision = "isl_gateway_precision_total";
    public const string Purges = "isl_gateway_purges_total";
    public const string RedisConfigured = "isl_gateway_redis_configured";
    public const string RedisUp = "isl_gateway_redis_up";
    public const string ClockSkew = "isl_gateway_clock_skew_seconds";
    public const string RedisChannelsUp = "isl_gateway_redis_channels_up";
    public const string EpochInfo = "isl_gateway_epoch_info";
    public const string EpochAge = "isl_gateway_epoch_age_seconds";
    public const string EpochMaxAge = "isl_gateway_epoch_max_age_seconds";
    public const string UpstreamInfo = "isl_gateway_upstream_info";
    public const string MislabelledEncoding = "isl_gateway_mislabelled_encoding_total";
    public const string LogLinesDropped = "isl_gateway_log_lines_dropped_total";
    public const string BuildInfo = "isl_gateway_build_info";
    public const string ConfigReload = "isl_gateway_config_last_reload_successful";
}
