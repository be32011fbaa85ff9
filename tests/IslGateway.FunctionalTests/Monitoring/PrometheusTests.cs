using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests.Monitoring;

/// <summary>The rules and the dashboard in a real Prometheus that scrapes a real gateway: all evaluates, and what must fire does.</summary>
public sealed class PrometheusTests
{
    private const int NoLimit = 1_000_000;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(90);

    [Fact]
    public async Task RulesAndPanels_UnderLoad_EvaluateAndHaveData()
    {
        await using var rig = await MonitoredRig.StartAsync(
            NoLimit, "Endpoints:CausalCounterfactual:LatencyTarget=1m", "Endpoints:CausalValidate:Validation=Schema");
        await using var shipped = await PrometheusProcess.StartAsync(rig.Gateway.Management, hurried: false);
        rig.Gateway.Reload("Cache:Mode", "Observe");
        for (var i = 0; i < 2; i++) (await rig.Gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody, MonitoredRig.Key)).Dispose();
        rig.Gateway.Reload("Cache:Mode", "On");
        (await rig.Gateway.ManagementClient.DeleteAsync(
            new Uri("/api/cache?endpoint=CausalValidate", UriKind.Relative), TestContext.Current.CancellationToken)).Dispose();
        await rig.Gateway.WarmAsync(WarmingList.Of(1, 1));

        await using var load = rig.Ask(4, n => n % 10 == 0 ? MonitoredRig.NewBody(n) : MonitoredRig.KnownBody(n));
        await Eventually.TrueAsync(
            async () => (await rig.Gateway.MetricsAsync()).Contains("isl_gateway_sentinel_checks_total{", StringComparison.Ordinal),
            Soon, "the sentinel has checked");
        await rig.Redis.ConfigSetAsync("maxmemory", "1");
        await Eventually.TrueAsync(
            async () => (await Exposition.OfAsync(rig.Gateway)).Sum("isl_gateway_cache_errors_total") > 0, Soon, "Redis refuses");
        await rig.Redis.ConfigSetAsync("maxmemory", "0");
        foreach (var prometheus in (PrometheusProcess[])[rig.Prometheus, shipped])
        {
            IReadOnlyList<(string Name, string Health, string? Error)> rules = [];
            await Eventually.TrueAsync(
                async () => (rules = await prometheus.RulesAsync()).All(rule => rule.Health != "unknown"), Soon,
                "every rule was evaluated");
            Assert.Equal(MonitoringFiles.Rules.Count, rules.Count);
            Assert.Empty(rules.Where(rule => rule.Health != "ok").Select(rule => $"{rule.Name}: {rule.Error}"));
            Assert.All(await prometheus.ScrapeErrorsAsync(), error => Assert.Equal("", error));
        }

        // What is new is new for a few seconds only; the annotation that shows it comes first.
        rig.Isl.State.Build = "sim-0002";
        foreach (var (title, query) in MonitoringFiles.Queries)
        {
            var expression = Fill(query.Text);
            await shipped.QueryAsync(expression);
            await Eventually.TrueAsync(
                async () => (await rig.Prometheus.QueryAsync(expression)).Count > 0, Soon, $"'{title}' has data: {expression}");
        }

        foreach (var rule in MonitoringFiles.Rules) await shipped.QueryAsync(rule.Expression.Text);
        Assert.NotEmpty(await rig.Prometheus.TracesAsync("plot_isl_latency_seconds_bucket"));
        await rig.BecomeQuietAsync();
    }

    [Fact]
    public async Task Alerts_IslFailsIsSilentOrUnknown_Fire()
    {
        await using var rig = await MonitoredRig.StartAsync(
            NoLimit, "Isl:EpochMaxAge=2s", "Circuit:BreakDuration=2s", "Cache:StaleTtl=0s", "Limits:MaxQueueTime=2s");
        await using (rig.Ask(4, n => n % 10 == 0 ? MonitoredRig.NewBody(n) : MonitoredRig.KnownBody(n)))
        {
            await rig.FireAsync("IslGatewaySimulated");
            await rig.BecomeQuietAsync();
            rig.Isl.State.Build = "unknown";
            await rig.FireAsync("IslGatewayBuildUnknown", "IslGatewayEpochChanged");
            rig.Isl.State.Build = "sim-0003";
            await rig.BecomeQuietAsync();
        }

        await using (rig.Ask(4, n => MonitoredRig.NewBody(n)))
        {
            rig.Isl.State.Fail(500, path: Isl.Counterfactual);
            await rig.FireAsync("IslGatewayCircuitOpen", "IslGatewayFailing", "IslGatewayFailingSlowly");
        }

        rig.Isl.State.Update(knobs => knobs with { HealthCode = 503 });
        await rig.FireAsync("IslGatewayEpochOld");
    }

    [Fact]
    public async Task Alerts_IslIsSlowOrTooMuchIsAsked_Fire()
    {
        await using var rig = await MonitoredRig.StartAsync(
            NoLimit, "Endpoints:CausalCounterfactual:LatencyTarget=250ms", "Limits:MaxConcurrentUpstream=8", "Limits:MaxQueue=2");
        await using (rig.Ask(4, n => n % 10 == 0 ? MonitoredRig.NewBody(n + 300_000) : MonitoredRig.KnownBody(n)))
        {
            await rig.BecomeQuietAsync();
            await Eventually.TrueAsync(
                async () => (await rig.Prometheus.QueryAsync(
                    "job_endpoint:isl_gateway_upstream_duration_seconds:p95_baseline{job=\"islgateway\"}")).Count > 0,
                Soon, "there is a baseline");
        }

        rig.Isl.State.Update(knobs => knobs with { Delay = TimeSpan.FromMilliseconds(500) });
        await using (rig.Ask(8, n => MonitoredRig.NewBody(n)))
        {
            await rig.FireAsync(
                "IslGatewayOverLatencyTarget", "IslGatewayOverBaseline", "IslGatewayIslOverBaseline", "IslGatewayPoolNearlyFull");
        }

        await using (rig.Ask(32, n => MonitoredRig.NewBody(n + 100_000))) await rig.FireAsync("IslGatewayRefusing");
        rig.Isl.State.Update(knobs => knobs with { Delay = TimeSpan.Zero });
        await using (rig.Ask(8, n => MonitoredRig.NewBody(n + 200_000)))
        {
            await rig.FireAsync("IslGatewayHitRateLow");
            rig.Isl.State.Update(knobs => knobs with { RateLimitPerMinute = (int)rig.Isl.State.TotalCalls + 300 });
            await rig.FireAsync("IslGatewayRateBudgetLow");
        }
    }

    [Fact]
    public async Task Alerts_CacheRedisSettingsOrTheGatewayItself_Fire()
    {
        await using var rig = await MonitoredRig.StartAsync(NoLimit);
        await using (rig.Ask(4, n => n % 2 == 0 ? """{"a":1,"a":2}""" : MonitoredRig.KnownBody(n)))
            await rig.FireAsync("IslGatewayBypassHigh");
        await using (rig.Ask(4, n => n % 10 == 0 ? MonitoredRig.NewBody(n) : MonitoredRig.KnownBody(n)))
        {
            await rig.BecomeQuietAsync();
            await rig.Redis.ConfigSetAsync("maxmemory", "1");
            await rig.FireAsync("IslGatewayRedisRefusing");
            await rig.Redis.KillAsync();
            rig.Isl.State.Update(knobs => knobs with { Drifting = [Isl.Counterfactual] });
            await rig.FireAsync("IslGatewayRedisDown", "IslGatewayDriftQuarantined");
            rig.Gateway.Reload("Cache:Mode", "Sometimes");
            await rig.FireAsync("IslGatewayReloadRefused");
        }

        await rig.StopGatewayAsync();
        await rig.FireAsync("IslGatewayInstanceDown", "IslGatewayAbsent");
    }

    /// <summary>A memory of a few answers only, so that the others are looked up in Redis.</summary>
    [Fact]
    public async Task Alerts_SomebodyWritesToRedis_Fire()
    {
        await using var rig = await MonitoredRig.StartAsync(
            NoLimit, "Cache:Memory:SizeLimit=32KiB", "Cache:MaxEntrySize=8KiB",
            $"Cache:EncryptionKeys={Convert.ToBase64String(new byte[32])}");
        await using var load = rig.Ask(4, n => MonitoredRig.NewBody(n % 200));
        var redis = rig.Gateway.Redis;
        await Eventually.TrueAsync(
            async () =>
            {
                await foreach (var name in redis.Multiplexer.GetServers()[0].KeysAsync(pattern: "islgw:v1:CausalCounterfactual:*"))
                {
                    if ((byte[]?)await redis.StringGetAsync(name) is not { } value) continue;
                    value[^1] ^= 1;
                    await redis.StringSetAsync(name, value, expiry: null, keepTtl: true);
                    break;
                }

                return (await rig.Prometheus.FiringAsync()).Any(alert => alert.Name == "IslGatewayRedisAltered");
            },
            Soon, "IslGatewayRedisAltered fires");
    }

    /// <summary>What Grafana puts in place of its variables.</summary>
    private static string Fill(string query) => query
        .Replace("$instance", ".*", StringComparison.Ordinal).Replace("$endpoint", ".*", StringComparison.Ordinal)
        .Replace("$__rate_interval", PrometheusProcess.ShortWindow, StringComparison.Ordinal)
        .Replace("$__range", PrometheusProcess.ShortWindow, StringComparison.Ordinal);
}
