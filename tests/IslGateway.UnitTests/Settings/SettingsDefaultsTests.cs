using IslGateway.Settings;

namespace IslGateway.UnitTests.Settings;

public sealed class SettingsDefaultsTests
{
    private static readonly GatewaySettings Nothing = Given.Loaded();

    [Fact]
    public void Isl_NothingConfigured_HasTheDocumentedDefaults()
    {
        var isl = Nothing.Isl;
        Assert.Null(isl.BaseUrl);
        Assert.Empty(isl.BaseUrls);
        Assert.Equal(IslDiscovery.Static, isl.Discovery);
        Assert.Equal("/health", isl.HealthPath);
        Assert.Equal([2, 5, 60], Seconds(isl.HealthInterval, isl.HealthTimeout, isl.EpochMaxAge));
        Assert.Equal([4, 2], Seconds(isl.IdleTimeout, isl.ConnectTimeout));
        Assert.Equal(1L << 20, isl.ExpectContinueFrom);
        Assert.Equal(100, isl.MaxConnections);
        Assert.Equal("1.1", isl.HttpVersion);
        Assert.False(isl.ServeHealthFromPoll);
    }

    [Fact]
    public void Cache_NothingConfigured_HasTheDocumentedDefaults()
    {
        var cache = Nothing.Cache;
        Assert.Equal(CacheMode.On, cache.Mode);
        Assert.Equal([3_600, 86_400, 1], Seconds(cache.DefaultTtl, cache.StaleTtl, cache.StaleAfter));
        Assert.Equal(0.1, cache.Jitter);
        Assert.Equal(268_435_456, cache.Memory.SizeLimit);
        Assert.Equal(4_194_304, cache.MaxEntrySize);
        Assert.Equal("islgw", cache.Prefix);
        Assert.Equal("", cache.Generation);
        Assert.Null(cache.KeySecret);
        Assert.Equal(CredentialScope.Partitioned, cache.CredentialScope);
        Assert.False(cache.SingleInstance);
        Assert.Null(Nothing.RedisConnectionString);
    }

    [Fact]
    public void OtherSections_NothingConfigured_HaveTheDocumentedDefaults()
    {
        var (credentials, limits, shutdown) = (Nothing.Credentials, Nothing.Limits, Nothing.Shutdown);
        Assert.Equal(["X-API-Key", "Authorization"], credentials.Headers);
        Assert.Equal([300, 3_600, 1], Seconds(credentials.Recheck, credentials.StaleProof, credentials.ProbeTimeout));
        Assert.Equal("/cache/stats", credentials.ProbePath);
        Assert.Equal((10_485_760, 268_435_456), (limits.MaxRequestBodySize, limits.MaxBufferedBytes));
        Assert.Equal((16, 1024), (limits.MaxConcurrentUpstream, limits.MaxQueue));
        Assert.Equal([30, 0, 30], Seconds(limits.MaxQueueTime, shutdown.ReadinessDelay, shutdown.DrainTimeout));
        Assert.True(Nothing.Lease.Enabled);
        Assert.Equal([1.2, 0.25, 2], Seconds(Nothing.Lease.Ttl, Nothing.Lease.LookInterval, Nothing.Lease.VainFor));
        Assert.Equal((0, 6, 0.5), (Nothing.Sentinel.Share, Nothing.Sentinel.MaxCallsPerMinute, Nothing.Sentinel.MinHeadroom));
        var validation = Nothing.Validation;
        Assert.Equal("/openapi.json", validation.SchemaPath);
        Assert.Equal([10, 300], Seconds(validation.SchemaTimeout, validation.RefreshInterval));
        Assert.Equal((8L << 20, 1L << 20), (validation.MaxSchemaSize, validation.MaxBodySize));
        Assert.Equal((20_000, 20), (validation.MaxSteps, validation.MaxFailures));
        Assert.Equal((256, 8, 16L << 20), (Nothing.Batch.MaxItems, Nothing.Batch.Concurrency, Nothing.Batch.MaxHeldAnswers));
        Assert.Equal([600], Seconds(Nothing.Batch.Timeout));
        Assert.Equal((null, 2, 60), (Nothing.Warming.File, Nothing.Warming.Concurrency, Nothing.Warming.CallsPerMinute));
        Assert.Empty(Nothing.Warming.Credentials);
        Assert.Empty(Nothing.Management.ApiKeys);
    }

    [Fact]
    public void Resilience_NothingConfigured_HasTheDocumentedDefaults()
    {
        var (retry, circuit, cooldown) = (Nothing.Retry, Nothing.Circuit, Nothing.Cooldown);
        Assert.Equal((1, 20, 0.5, 5), (retry.MaxAttempts, circuit.MinimumFailures, circuit.FailureRatio, cooldown.Failures));
        Assert.Equal([1, 10, 2], Seconds(retry.MaxWait, circuit.SamplingDuration, circuit.BreakDuration));
        Assert.Equal([30, 2, 60], Seconds(cooldown.SamplingDuration, cooldown.FirstBreak, cooldown.LongestBreak));
    }

    private static IEnumerable<double> Seconds(params TimeSpan[] durations) => durations.Select(duration => duration.TotalSeconds);
}
