using IslGateway.Telemetry;

namespace IslGateway.UnitTests.Telemetry;

public sealed class GatewayMetricsTests
{
    private static readonly TimeSpan MaxAge = TimeSpan.FromMinutes(1);

    private readonly GatewayMetrics _metrics = new();

    [Fact]
    public async Task ReportEpochs_ReplicaOrEpochGone_LeavesNoSeries()
    {
        _metrics.ReportEpochs([("a", "f1", "1", "b1"), ("b", "f1", "1", "b1")], TimeSpan.FromSeconds(1), MaxAge);
        _metrics.ReportEpochs([("a", "f2", "1", "b1")], TimeSpan.FromSeconds(1.5), MaxAge);

        var series = await SeriesAsync(MetricNames.EpochInfo);
        Assert.Equal(["""isl_gateway_epoch_info{replica="a",fingerprint="f2",version="1",build="b1"} 1"""], series);
        Assert.Equal(["isl_gateway_epoch_age_seconds 1.5"], await SeriesAsync(MetricNames.EpochAge));

        _metrics.ReportEpochs([], TimeSpan.MaxValue, MaxAge);
        Assert.Empty(await SeriesAsync(MetricNames.EpochInfo));
        Assert.Matches(@"^isl_gateway_epoch_age_seconds \+?Inf(inity)?$", Assert.Single(await SeriesAsync(MetricNames.EpochAge)));
    }

    [Fact]
    public async Task ReportEpochs_PartNotReported_IsEmpty()
    {
        _metrics.ReportEpochs([("a", null, "1", null)], TimeSpan.Zero, MaxAge);
        Assert.Equal(
            ["""isl_gateway_epoch_info{replica="a",fingerprint="",version="1",build=""} 1"""], await SeriesAsync(MetricNames.EpochInfo));
    }

    [Fact]
    public async Task Observe_CacheableEndpoint_CountsEachRequestOnceAsHitOrMiss()
    {
        _metrics.AddEndpoint("/a", cacheable: true);
        var endpoint = _metrics.Endpoint("/a");

        endpoint.Observe(200, "memory", hit: true, TimeSpan.FromMilliseconds(2), TimeSpan.Zero, saved: TimeSpan.FromSeconds(2));
        endpoint.Observe(200, "stored", hit: false, TimeSpan.FromSeconds(3), TimeSpan.FromSeconds(2), default);
        endpoint.Observe(399, "status-not-ok", hit: false, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1), default);
        endpoint.Observe(400, "damaged-body", hit: false, TimeSpan.FromSeconds(1), default, default);
        endpoint.Observe(503, "overloaded", hit: false, TimeSpan.FromSeconds(1), default, default);
        endpoint.Observe(200, "endpoint-not-cached", hit: null, TimeSpan.FromSeconds(1), default, default, brokeOff: true);

        Assert.Equal(
            ["""plot_isl_requests_total{endpoint="/a",status="error"} 3""",
                """plot_isl_requests_total{endpoint="/a",status="success"} 3"""],
            await SeriesAsync(MetricNames.Requests));
        Assert.Equal(["""plot_isl_cache_hits_total{endpoint="/a"} 1"""], await SeriesAsync(MetricNames.CacheHits));
        Assert.Equal(["""plot_isl_cache_misses_total{endpoint="/a"} 4"""], await SeriesAsync(MetricNames.CacheMisses));
        Assert.Equal(["""isl_gateway_saved_seconds_total{endpoint="/a"} 2"""], await SeriesAsync(MetricNames.Saved));
        Assert.Contains(
            """isl_gateway_requests_total{endpoint="/a",cache="memory",code="200"} 1""", await SeriesAsync(MetricNames.GatewayRequests));
        Assert.Equal(["""plot_isl_latency_seconds_count{endpoint="/a"} 6"""], await SeriesAsync(MetricNames.Latency + "_count"));
        Assert.Equal(["""plot_isl_latency_seconds_sum{endpoint="/a"} 7.002"""], await SeriesAsync(MetricNames.Latency + "_sum"));
        Assert.Equal(
            ["""isl_gateway_overhead_duration_seconds_sum{endpoint="/a"} 4.002"""], await SeriesAsync(MetricNames.Overhead + "_sum"));
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task AddEndpoint_RowsThatShareAPath_CountHitsAndMissesWhicheverCameFirst(bool first, bool second)
    {
        _metrics.AddEndpoint("/a", first);
        _metrics.AddEndpoint("/a", second);

        _metrics.Endpoint("/a").Observe(200, "stored", hit: false, TimeSpan.FromSeconds(1), default, default);
        _metrics.Endpoint("/a").Observe(200, "endpoint-not-cached", hit: null, TimeSpan.FromSeconds(1), default, default);

        Assert.Equal(["""plot_isl_cache_hits_total{endpoint="/a"} 0"""], await SeriesAsync(MetricNames.CacheHits));
        Assert.Equal(["""plot_isl_cache_misses_total{endpoint="/a"} 1"""], await SeriesAsync(MetricNames.CacheMisses));
    }

    [Fact]
    public async Task Observe_EndpointThatIsNotCacheable_CountsNeitherHitNorMiss()
    {
        _metrics.AddEndpoint("other", cacheable: false);

        _metrics.Endpoint("other").Observe(200, "unknown-endpoint", hit: false, TimeSpan.FromSeconds(1), default, default);

        Assert.Empty(await SeriesAsync(MetricNames.CacheHits));
        Assert.Empty(await SeriesAsync(MetricNames.CacheMisses));
        Assert.Equal(
            ["""isl_gateway_requests_total{endpoint="other",cache="unknown-endpoint",code="200"} 1"""],
            await SeriesAsync(MetricNames.GatewayRequests));
    }

    [Fact]
    public async Task Observe_UpstreamLongerThanTheExchange_IsNoNegativeOverhead()
    {
        _metrics.AddEndpoint("/a", cacheable: true);

        _metrics.Endpoint("/a").Observe(504, "deadline-passed", hit: false, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2), default);

        Assert.Equal(["""isl_gateway_overhead_duration_seconds_sum{endpoint="/a"} 0"""], await SeriesAsync(MetricNames.Overhead + "_sum"));
    }

    [Fact]
    public async Task AddEndpoint_NotAskedForYet_HasItsSeriesAtZero()
    {
        _metrics.AddEndpoint("/a", cacheable: true);
        _metrics.AddEndpoint("/a", cacheable: true);

        Assert.Equal(["""plot_isl_cache_hits_total{endpoint="/a"} 0"""], await SeriesAsync(MetricNames.CacheHits));
        Assert.Throws<KeyNotFoundException>(() => _metrics.Endpoint("/b"));
    }

    [Fact]
    public async Task Latency_Buckets_ContainTheGuides()
    {
        _metrics.AddEndpoint("/a", cacheable: true);
        _metrics.Endpoint("/a").Observe(200, "stored", hit: false, TimeSpan.FromSeconds(1), default, default);

        var buckets = await SeriesAsync(MetricNames.Latency + "_bucket");

        Assert.All(
            (string[])["0.0005", "0.01", "0.05", "0.1", "0.5", "1", "2", "5", "180", "+Inf"],
            bound => Assert.Contains(buckets, line => line.Contains($"le=\"{bound}\"", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task AddLatencyTarget_RowsThatShareAPath_TellsTheStrictest()
    {
        _metrics.AddLatencyTarget("/a", TimeSpan.FromSeconds(2));
        _metrics.AddLatencyTarget("/a", TimeSpan.FromMilliseconds(1_500));
        _metrics.AddLatencyTarget("/a", TimeSpan.FromSeconds(5));

        Assert.Equal(["""isl_gateway_latency_target_seconds{endpoint="/a"} 1.5"""], await SeriesAsync(MetricNames.LatencyTarget));
    }

    [Fact]
    public void Tallies_Always_AreWhatTheSeriesCount()
    {
        _metrics.AddEndpoint("/a", cacheable: true);
        _metrics.AddEndpoint("/b", cacheable: false);
        var endpoint = _metrics.Endpoint("/a");
        endpoint.Observe(200, "memory", hit: true, TimeSpan.FromSeconds(1), TimeSpan.Zero, saved: TimeSpan.FromSeconds(2));
        endpoint.Observe(200, "memory", hit: true, TimeSpan.FromSeconds(1), TimeSpan.Zero, saved: TimeSpan.FromSeconds(2));
        endpoint.Observe(404, "status-not-ok", hit: false, TimeSpan.FromSeconds(4), TimeSpan.FromSeconds(3), default);
        _metrics.CountCall("/a", CallPurpose.Fill, TimeSpan.FromSeconds(3));
        _metrics.CountCall("/a", CallPurpose.Poll, TimeSpan.FromSeconds(7));
        _metrics.CountCall("/unknown", CallPurpose.Fill, TimeSpan.FromSeconds(7));
        _metrics.Observed.WithLabels("/a", "equal").Inc();
        _metrics.Observed.WithLabels("/b", "miss").Inc();

        var tallies = _metrics.Tallies().ToList();

        Assert.Equal(["/a", "/b"], tallies.Select(tally => tally.Endpoint));
        var tally = tallies[0];
        Assert.Equal((3, 1, 2, 1), (tally.Requests, tally.Errors, tally.Hits, tally.Misses));
        Assert.Equal([("memory", 2), ("status-not-ok", 1)], tally.ByCache.Select(word => (word.Key, word.Value)));
        Assert.Equal((4.0, 6.0, 1L, 3.0), (tally.SavedSeconds, tally.LatencySeconds, tally.UpstreamCalls, tally.UpstreamSeconds));
        Assert.Equal([("equal", 1L)], tally.Observed.Select(result => (result.Key, result.Value)));
    }

    private async Task<string[]> SeriesAsync(string name)
    {
        using var text = new MemoryStream();
        await _metrics.Registry.CollectAndExportAsTextAsync(text, TestContext.Current.CancellationToken);
        return [.. System.Text.Encoding.UTF8.GetString(text.ToArray()).Split('\n')
            .Where(line => line.StartsWith(name + "{", StringComparison.Ordinal) || line.StartsWith(name + " ", StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)];
    }
}
