using System.Globalization;
using System.Net;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>What operators scrape: well-formed, counting every request once, and bounded whatever callers send.</summary>
public sealed class MetricsTests
{
    private const string OtherBody = """{"dag":{"nodes":["A"],"edges":[]},"treatment":"A","outcome":"A"}""";
    private const string LeaversBody = """{"dag":{"nodes":["L"],"edges":[]},"treatment":"L","outcome":"L"}""";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Exposition_FreshAndUsed_PleasesPromtool()
    {
        Promtool.RequireOrSkip();
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        var fresh = await Promtool.CheckMetricsAsync(await gateway.MetricsAsync());
        for (var i = 0; i < 2; i++)
        {
            using var validated = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
            using var taught = await gateway.Client.PostAsync(Isl.Teach, "{}");
        }

        var used = await Promtool.CheckMetricsAsync(await gateway.MetricsAsync());

        Assert.True(fresh is { ExitCode: 0, Output: "" }, fresh.Output);
        Assert.True(used is { ExitCode: 0, Output: "" }, used.Output);
    }

    [Fact]
    public async Task Exposition_ContentTypeAndRegistry_AreTheGatewaysOwn()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);

        using var answer = await gateway.ManagementClient.GetAsync(
            new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);

        Assert.Equal("text/plain", answer.Content.Headers.ContentType?.MediaType);
        Assert.All((await Exposition.OfAsync(gateway)).Series, series => Assert.Matches("^(plot_isl|isl_gateway)_", series));
    }

    [Fact]
    public async Task GuidesFour_AfterAMissAHitAndAnError_HaveTheirLabelsAndBuckets()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        using var miss = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        using var hit = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        using var error = await gateway.Client.PostAsync(Isl.Validate, "{}");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, error.StatusCode);

        var metrics = await CountedAsync(gateway, Isl.Validate, 3);

        Assert.Equal(2, metrics[$$"""plot_isl_requests_total{endpoint="{{Isl.Validate}}",status="success"}"""]);
        Assert.Equal(1, metrics[$$"""plot_isl_requests_total{endpoint="{{Isl.Validate}}",status="error"}"""]);
        Assert.Equal(1, metrics[$$"""plot_isl_cache_hits_total{endpoint="{{Isl.Validate}}"}"""]);
        Assert.Equal(2, metrics[$$"""plot_isl_cache_misses_total{endpoint="{{Isl.Validate}}"}"""]);
        Assert.Equal(3, metrics[$$"""plot_isl_latency_seconds_count{endpoint="{{Isl.Validate}}"}"""]);
        Assert.Equal(1, metrics[$$"""isl_gateway_requests_total{endpoint="{{Isl.Validate}}",cache="memory",code="200"}"""]);
        Assert.Equal(1, metrics[$$"""isl_gateway_requests_total{endpoint="{{Isl.Validate}}",cache="stored",code="200"}"""]);
        Assert.Equal(1, metrics[$$"""isl_gateway_requests_total{endpoint="{{Isl.Validate}}",cache="status-not-ok",code="422"}"""]);
        Assert.Equal(2, metrics[$$"""isl_gateway_upstream_duration_seconds_count{endpoint="{{Isl.Validate}}"}"""]);
        Assert.True(metrics[$$"""isl_gateway_saved_seconds_total{endpoint="{{Isl.Validate}}"}"""] > 0);

        var bounds = metrics.Series.Where(
            series => series.StartsWith($$"""plot_isl_latency_seconds_bucket{endpoint="{{Isl.Validate}}",le=""", StringComparison.Ordinal))
            .Select(series => series.Split("le=\"")[1].TrimEnd('"', '}')).Where(bound => bound != "+Inf")
            .Select(bound => double.Parse(bound, CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(0.0005, bounds.Min());
        Assert.Equal(180, bounds.Max());
        Assert.All((double[])[0.01, 0.05, 0.1, 0.5, 1, 2, 5], bound => Assert.Contains(bound, bounds));
    }

    [Theory]
    [InlineData(200, "success")]
    [InlineData(307, "success")]
    [InlineData(399, "success")]
    [InlineData(400, "error")]
    [InlineData(404, "error")]
    [InlineData(500, "error")]
    public async Task Status_FromFourHundredOn_IsAnError(int status, string expected)
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        isl.State.Update(knobs => knobs with { RawBodies = [new(Isl.Teach, "{}", Status: status)] });

        using var answer = await gateway.Client.PostAsync(Isl.Teach, "{}");

        Assert.Equal(status, (int)answer.StatusCode);
        var metrics = await CountedAsync(gateway, Isl.Teach, 1);
        Assert.Equal(1, metrics[$$"""plot_isl_requests_total{endpoint="{{Isl.Teach}}",status="{{expected}}"}"""]);
        Assert.Equal(
            1, metrics[$$"""isl_gateway_requests_total{endpoint="{{Isl.Teach}}",cache="endpoint-not-cached",code="{{status}}"}"""]);
    }

    [Fact]
    public async Task HitsAndMisses_OverAMixedRun_AddUpToTheRequestsToCacheableRows()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0, ApiKeys = ["good"] });
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress, "Limits:MaxRequestBodySize=100KiB");
        var (sent, hit) = (0, 0);
        async Task<string> AskAsync(string path, byte[] body, params string[] headers)
        {
            Interlocked.Increment(ref sent);
            using var request = Isl.Post(path, body, headers);
            if (!headers.Any(header => header.StartsWith("X-API-Key", StringComparison.Ordinal))) request.Headers.Add("X-API-Key", "good");
            using var answer = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
            if (answer.CacheStatus().Contains("; hit", StringComparison.Ordinal)) Interlocked.Increment(ref hit);
            return $"{(int)answer.StatusCode} {answer.CacheStatus()}";
        }

        Task<string> ValidateAsync(string body, params string[] headers) => AskAsync(Isl.Validate, Encoding.UTF8.GetBytes(body), headers);

        Assert.StartsWith("200 IslGateway; fwd=miss; stored", await ValidateAsync(Isl.ValidateBody), StringComparison.Ordinal);
        Assert.StartsWith("200 IslGateway; hit", await ValidateAsync(Isl.ValidateBody), StringComparison.Ordinal);
        Assert.StartsWith("200 IslGateway; hit", await ValidateAsync(" " + Isl.ValidateBody), StringComparison.Ordinal);
        Assert.StartsWith(
            "200 IslGateway; fwd=request; stored", await ValidateAsync(Isl.ValidateBody, "Cache-Control: no-cache"),
            StringComparison.Ordinal);
        Assert.EndsWith("detail=cross-origin", await ValidateAsync(Isl.ValidateBody, "Origin: http://x"), StringComparison.Ordinal);
        Assert.EndsWith("detail=inexact-body", await ValidateAsync("""{"a":1,"a":2}"""), StringComparison.Ordinal);
        Assert.StartsWith(
            "504 IslGateway; detail=only-if-cached", await ValidateAsync(OtherBody, "Cache-Control: only-if-cached"),
            StringComparison.Ordinal);
        Assert.StartsWith("401 ", await ValidateAsync(Isl.ValidateBody, "X-API-Key: bad"), StringComparison.Ordinal);
        Assert.StartsWith("413 ", await ValidateAsync(new string('x', 200_000)), StringComparison.Ordinal);
        Assert.StartsWith("415 ", await ValidateAsync(OtherBody, "Content-Encoding: zstd"), StringComparison.Ordinal);
        Assert.StartsWith("400 ", await ValidateAsync("broken", "Content-Encoding: gzip"), StringComparison.Ordinal);

        isl.State.Hang(Isl.Validate);
        var waiting = Enumerable.Range(0, 5).Select(_ => ValidateAsync(OtherBody)).ToArray();
        await HasCallAsync(isl, OtherBody);
        Assert.StartsWith(
            "504 IslGateway; detail=deadline-passed", await ValidateAsync(OtherBody, "X-Timeout-Ms: 50"), StringComparison.Ordinal);
        await using (var leaving = await RawHttp.ConnectAsync(gateway.Address))
        {
            sent++;
            await leaving.SendAsync(RawHttp.Request(
                LeaversBody, $"POST {Isl.Validate} HTTP/1.1", "Host: h", "X-API-Key: good", $"Content-Length: {LeaversBody.Length}"));
            await HasCallAsync(isl, LeaversBody);
        }

        await Eventually.TrueAsync(
            async () => (await Exposition.OfAsync(gateway)).Sum("isl_gateway_requests_total", "cache=\"caller-left\"", "code=\"499\"") == 1,
            Soon, "the caller has left");
        isl.State.ReleaseHang();
        var waited = await Task.WhenAll(waiting);
        Assert.All(waited, answer => Assert.StartsWith("200 ", answer, StringComparison.Ordinal));
        Assert.Single(waited, answer => answer.EndsWith("stored", StringComparison.Ordinal));
        Assert.Contains(waited, answer => answer.EndsWith("collapsed", StringComparison.Ordinal));
        Assert.StartsWith("502 ", await BrokenAsync(isl, ValidateAsync), StringComparison.Ordinal);

        // None of these is a request to a cacheable row.
        using (var taught = await gateway.Client.PostAsync(Isl.Teach, "{}", "X-API-Key: good")) Assert.NotNull(taught);
        using (var wrongMethod = await gateway.Client.GetAsync(
            new Uri(Isl.Validate, UriKind.Relative), TestContext.Current.CancellationToken)) Assert.NotNull(wrongMethod);

        var metrics = await CountedAsync(gateway, Isl.Validate, sent);
        var hits = metrics.Sum("plot_isl_cache_hits_total");
        var misses = metrics.Sum("plot_isl_cache_misses_total");
        Assert.True(hit >= 2);
        Assert.Equal(hit, hits);
        Assert.Equal(sent, hits + misses);
        Assert.Equal(sent, metrics.Sum("isl_gateway_requests_total", $"endpoint=\"{Isl.Validate}\""));
    }

    [Fact]
    public async Task RandomPathsMethodsHeadersBodiesAndUsers_ByTheThousand_AddNoSeries()
    {
        await using var isl = await StartIslAsync();
        await using var gateway = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        async Task AskAsync(int i)
        {
            using var request = Isl.Post(
                $"/p{i}/{i:x8}?q={i}", $$"""{"user_id":"u{{i}}","context":{"n":{{i}} } }""",
                $"X-User-{i}: u{i}", $"X-API-Key: k{i}", $"X-Request-Id: id-{i}", $"User-Agent: a{i}");
            if (i % 10 == 0) request.Method = new HttpMethod($"M{i}");
            if (i % 50 == 0) request.RequestUri = new Uri($"/api/v1/outcomes/{i:x}", UriKind.Relative);
            if (i % 100 == 1) request.RequestUri = new Uri($"{Isl.Validate}?u={i}", UriKind.Relative);
            if (i % 100 == 2) request.RequestUri = new Uri(Isl.Elicit, UriKind.Relative);
            using var answer = await gateway.Client.SendAsync(request, TestContext.Current.CancellationToken);
        }

        // One of each kind, so that what follows differs in nothing that may count.
        for (var i = 1; i <= 100; i++) await AskAsync(i);
        var before = await Exposition.OfAsync(gateway);
        await Parallel.ForEachAsync(
            Enumerable.Range(101, 10_000),
            new ParallelOptions { MaxDegreeOfParallelism = 32, CancellationToken = TestContext.Current.CancellationToken },
            async (i, _) => await AskAsync(i));
        var after = await Exposition.OfAsync(gateway);

        Assert.Equal(before.Series.Order(StringComparer.Ordinal), after.Series.Order(StringComparer.Ordinal));
        Assert.True(after["plot_isl_latency_seconds_count{endpoint=\"other\"}"] > 9_000);
    }

    private static Task HasCallAsync(SimulatorHost isl, string body) =>
        Eventually.TrueAsync(() => isl.State.LastCalls(Isl.Validate).Any(call => call.BodyText == body), Soon, "ISL has the call");

    private static async Task<string> BrokenAsync(SimulatorHost isl, Func<string, string[], Task<string>> askAsync)
    {
        isl.State.Update(knobs => knobs with { RawBodies = [new(Isl.Validate, "{broken")] });
        return await askAsync(OtherBody.Replace("\"A\"", "\"Z\"", StringComparison.Ordinal), []);
    }

    /// <summary>An exchange is counted once its answer has left: the last may be on its way yet.</summary>
    private static async Task<Exposition> CountedAsync(GatewayUnderTest gateway, string endpoint, int requests)
    {
        var metrics = await Exposition.OfAsync(gateway);
        await Eventually.TrueAsync(
            async () =>
                (metrics = await Exposition.OfAsync(gateway))[$$"""plot_isl_latency_seconds_count{endpoint="{{endpoint}}"}"""] >= requests,
            Soon, $"{requests} requests are counted");
        return metrics;
    }

    private static Task<SimulatorHost> StartIslAsync() => SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
}
