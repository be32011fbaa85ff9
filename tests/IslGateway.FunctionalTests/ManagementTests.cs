using System.Net;
using System.Text.Json;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>Live and ready: a gateway whose neighbours are in trouble must stay in rotation, and say so.</summary>
public sealed class ManagementTests(RedisFixture redis)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Live_IsOk()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        var (status, body) = await GetAsync(gateway, "/health/live");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("""{"status":"ok"}""", body.GetRawText());
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/ready")]
    [InlineData("/metrics")]
    [InlineData("/")]
    public async Task Look_AskedByHead_IsAnsweredWithoutABody(string path)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        using var request = new HttpRequestMessage(HttpMethod.Head, path);

        using var answer = await gateway.ManagementClient.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Empty(await answer.TextAsync());
    }

    [Fact]
    public async Task Ready_WithAllWell_IsOkAndNamesTheEpoch()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, $"ConnectionStrings:Redis={redis.ConnectionString}", $"Cache:Prefix={redis.NewPrefix()}");
        await Eventually.TrueAsync(
            async () => Text((await GetAsync(gateway, "/health/ready")).Body, "redis") == "ok", Soon, "Redis is reached");

        var (status, body) = await GetAsync(gateway, "/health/ready");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(["status", "isl", "redis", "epoch"], body.EnumerateObject().Select(member => member.Name));
        Assert.Equal("ok", Text(body, "status"));
        Assert.Equal("ok", Text(body, "isl"));
        Assert.Equal("ok", Text(body, "redis"));
        Assert.Contains("cb0a8a533671", Text(body, "epoch"), StringComparison.Ordinal);
        Assert.Contains("sim-0001", Text(body, "epoch"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_IslJustGone_SaysSoBeforeItsConfigurationIsForgotten()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        await isl.StopAsync();

        await Eventually.TrueAsync(
            async () => Text((await GetAsync(gateway, "/health/ready")).Body, "isl") == "unresponsive", Soon, "ISL's silence shows");
        var (status, body) = await GetAsync(gateway, "/health/ready");

        Assert.Equal((HttpStatusCode.OK, "degraded"), (status, Text(body, "status")));
        Assert.Contains("sim-0001", Text(body, "epoch"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_WithoutIsl_IsDegradedAndStillInRotation()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Isl:EpochMaxAge=300ms");
        Assert.Equal("ok", Text((await GetAsync(gateway, "/health/ready")).Body, "isl"));
        await isl.StopAsync();

        await Eventually.TrueAsync(
            async () => Text((await GetAsync(gateway, "/health/ready")).Body, "isl") == "unknown", Soon, "ISL's absence shows");
        var (status, body) = await GetAsync(gateway, "/health/ready");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("degraded", Text(body, "status"));
        Assert.Equal("off", Text(body, "redis"));
        Assert.Equal(JsonValueKind.Null, body.GetProperty("epoch").ValueKind);
    }

    [Fact]
    public async Task Ready_WithoutRedis_IsDegradedAndStillInRotation()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress, $"ConnectionStrings:Redis=127.0.0.1:{FreePort.Next()}");

        var (status, body) = await GetAsync(gateway, "/health/ready");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("degraded", Text(body, "status"));
        Assert.Equal("down", Text(body, "redis"));
        Assert.Equal("ok", Text(body, "isl"));
        Assert.Contains("isl_gateway_redis_up 0\n", await gateway.MetricsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ready_WhenIslDoesNotKnowItsBuild_Warns()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, Build = "unknown" });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        var (status, body) = await GetAsync(gateway, "/health/ready");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("degraded", Text(body, "status"));
        Assert.Equal("ok", Text(body, "isl"));
        Assert.Contains("Cache:Generation", Text(body, "warning"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_TellEpochTiersUpstreamAndBuild()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        using var stored = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);

        var metrics = await Exposition.OfAsync(gateway);

        Assert.Equal(1, metrics["""isl_gateway_epoch_info{replica="isl-1",fingerprint="cb0a8a533671",version="1.0.0",build="sim-0001"}"""]);
        Assert.InRange(metrics["isl_gateway_epoch_age_seconds"], 0, 60);
        Assert.Equal(1, metrics["""isl_gateway_cache_entries{tier="memory"}"""]);
        Assert.InRange(metrics["""isl_gateway_cache_bytes{tier="memory"}"""], 100, 100_000);
        Assert.Equal(1, metrics["""isl_gateway_upstream_info{kind="simulator"}"""]);
        Assert.Equal(1, metrics.Sum("isl_gateway_build_info"));
        Assert.Equal(1, metrics["isl_gateway_config_last_reload_successful"]);
        Assert.Equal(0, metrics["isl_gateway_upstream_inflight"]);
    }

    [Fact]
    public async Task Metrics_BeforeARealIsl_DoNotSaySimulator()
    {
        await using var isl = new ScriptedUpstream(Scripts.Computes);
        await using var gateway = await GatewayUnderTest.StartAsync(isl.Address);

        var metrics = await Exposition.OfAsync(gateway);

        Assert.Equal(1, metrics["""isl_gateway_upstream_info{kind="isl"}"""]);
        Assert.Equal(1, metrics.Sum("isl_gateway_upstream_info"));
    }

    [Fact]
    public async Task Epoch_Changed_LeavesNoOldSeriesBehind()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        Assert.Contains("build=\"sim-0001\"", await gateway.MetricsAsync(), StringComparison.Ordinal);
        isl.State.Build = "sim-0002";
        await gateway.KnowsBuildAsync("sim-0002");

        var epochs = (await Exposition.OfAsync(gateway)).Series.Where(
            series => series.StartsWith("isl_gateway_epoch_info", StringComparison.Ordinal));

        Assert.Contains("sim-0002", Assert.Single(epochs), StringComparison.Ordinal);
    }

    private static async Task<(HttpStatusCode Status, JsonElement Body)> GetAsync(GatewayUnderTest gateway, string path)
    {
        using var answer = await gateway.ManagementClient.GetAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        using var document = JsonDocument.Parse(await answer.TextAsync());
        return (answer.StatusCode, document.RootElement.Clone());
    }

    private static string? Text(JsonElement body, string member) => body.GetProperty(member).GetString();

    private static Task<SimulatorHost> StartIslAsync() => SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
}
