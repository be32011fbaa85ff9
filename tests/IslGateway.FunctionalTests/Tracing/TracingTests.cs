using System.Net;
using System.Net.Sockets;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests.Tracing;

/// <summary>
/// Spans as a collector gets them. The gateway is a process of its own: who listens to spans listens to all of a process.
/// </summary>
public sealed class TracingTests
{
    private const string CallersTrace = "0af7651916cd43dd8448eb211c80319c";
    private const string CallersSpan = "b7ad6b7169203331";
    private const string Sampled = $"traceparent: 00-{CallersTrace}-{CallersSpan}-01";
    private const string NotSampled = $"traceparent: 00-{CallersTrace}-{CallersSpan}-00";
    private const string State = "tracestate: vendor=value";
    private const string Key = "a-secret-key";
    private const int Server = 2;
    private const int Client = 3;

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Miss_ByATracedCaller_IsOneTraceFromTheCallerToIsl(bool isGrpc)
    {
        await using var collector = await OtlpReceiver.StartAsync(isGrpc);
        await using var isl = await StartIslAsync();
        await using var gateway = await StartAsync(isl, collector);
        using var client = ClientOf(gateway);

        using var answer = await client.PostAsync(
            Isl.Validate, Isl.ValidateBody, Sampled, State, $"X-API-Key: {Key}", "X-Request-Id: mine");

        Assert.Equal("IslGateway; fwd=miss; stored", answer.CacheStatus());
        var spans = await collector.OfTraceAsync(CallersTrace, 5);
        Assert.Equal(
            ["POST /api/v1/causal/validate", "cache.fill", "cache.lookup", "cache.store", "isl.call"],
            spans.Select(span => span.Name).Order(StringComparer.Ordinal));
        var (server, fill, call) = (Named(spans, "POST"), Named(spans, "cache.fill"), Named(spans, "isl.call"));
        Assert.Equal((CallersSpan, Server), (server.ParentId, server.Kind));
        Assert.Equal(
            (server.SpanId, server.SpanId, fill.SpanId, fill.SpanId),
            (Named(spans, "cache.lookup").ParentId, fill.ParentId, Named(spans, "cache.store").ParentId, call.ParentId));
        Assert.Equal(
            (Isl.Validate, Isl.Validate, "stored", "mine", "200"),
            (server.Attributes["isl.endpoint"], server.Attributes["http.route"], server.Attributes["isl_gateway.cache"],
                server.Attributes["isl_gateway.request_id"], server.Attributes["http.response.status_code"]));
        Assert.Equal(("fill", Isl.Validate), (fill.Attributes["isl_gateway.purpose"], fill.Attributes["isl.endpoint"]));
        Assert.Equal((Client, "200", "POST"),
            (call.Kind, call.Attributes["http.response.status_code"], call.Attributes["http.request.method"]));
        Assert.Equal("none", Named(spans, "cache.lookup").Attributes["isl_gateway.found"]);
        Assert.Equal("memory", Named(spans, "cache.store").Attributes["isl_gateway.tier"]);
        Assert.All(spans, span => Assert.Equal("islgateway", span.Resource["service.name"]));
        Assert.All(spans, span => Assert.Equal("vendor=value", span.TraceState));

        var received = Assert.Single(isl.State.LastCalls(Isl.Validate));
        Assert.Equal($"00-{CallersTrace}-{call.SpanId}-01", received.Header("traceparent"));
        Assert.Equal("vendor=value", received.Header("tracestate"));
        Assert.DoesNotContain(
            spans.SelectMany(span => span.Attributes.Values),
            value => value.Contains(Key, StringComparison.Ordinal) || value.Contains("Revenue", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Hit_FromMemory_HasItsSpanAndItsLookupAndNothingElse()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var isl = await StartIslAsync();
        await using var gateway = await StartAsync(isl, collector);
        using var client = ClientOf(gateway);
        (await client.PostAsync(Isl.Validate, Isl.ValidateBody)).Dispose();

        using var hit = await client.PostAsync(Isl.Validate, Isl.ValidateBody, Sampled);

        Assert.EndsWith("detail=memory", hit.CacheStatus(), StringComparison.Ordinal);
        var spans = await collector.OfTraceAsync(CallersTrace, 2);
        var (server, lookup) = (Named(spans, "POST /api/v1/causal/validate"), Named(spans, "cache.lookup"));
        Assert.Equal(("memory", server.SpanId), (server.Attributes["isl_gateway.cache"], lookup.ParentId));
        Assert.Equal(("fresh", "memory"), (lookup.Attributes["isl_gateway.found"], lookup.Attributes["isl_gateway.tier"]));

        // What would have come with them is there when a later request is.
        using var later = await client.PostAsync(Isl.Validate, Isl.ValidateBody, Sampled.Replace("0af7", "0bf7", StringComparison.Ordinal));
        await collector.OfTraceAsync(CallersTrace.Replace("0af7", "0bf7", StringComparison.Ordinal), 2);
        Assert.Equal(2, collector.Spans.Count(span => span.TraceId == CallersTrace));
    }

    [Fact]
    public async Task Collapsed_Request_IsLinkedToTheFillThatServedIt()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var isl = await StartIslAsync();
        await using var gateway = await StartAsync(isl, collector);
        using var client = ClientOf(gateway);
        isl.State.Hang(Isl.Validate);
        var leader = client.PostAsync(Isl.Validate, Isl.ValidateBody);
        await Eventually.TrueAsync(() => isl.State.Calls(Isl.Validate) == 1, Soon, "ISL is asked");
        var alone = await BufferedAsync(gateway);
        var follower = client.PostAsync(Isl.Validate, Isl.ValidateBody, Sampled);
        await Eventually.TrueAsync(async () => await BufferedAsync(gateway) > alone, Soon, "the second request is here");
        for (var i = 0; i < 3; i++) await BufferedAsync(gateway);

        isl.State.ReleaseHang();
        using var first = await leader;
        using var second = await follower;

        Assert.EndsWith("collapsed", second.CacheStatus(), StringComparison.Ordinal);
        var server = Named(await collector.OfTraceAsync(CallersTrace, 2), "POST");
        await Eventually.TrueAsync(() => collector.Spans.Any(span => span.Name == "cache.fill"), Soon, "the fill is exported");
        Assert.Equal([collector.Spans.Single(span => span.Name == "cache.fill").SpanId], server.Links);
    }

    [Fact]
    public async Task PassedThrough_Request_IsTheParentOfItsCall()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var isl = await StartIslAsync();
        await using var gateway = await StartAsync(isl, collector);
        using var client = ClientOf(gateway);

        using var taught = await client.PostAsync(Isl.Teach, "{}", Sampled, State);

        var spans = await collector.OfTraceAsync(CallersTrace, 2);
        var (server, call) = (Named(spans, $"POST {Isl.Teach}"), Named(spans, "isl.call"));
        Assert.Equal(server.SpanId, call.ParentId);
        Assert.Equal("endpoint-not-cached", server.Attributes["isl_gateway.cache"]);
        var received = Assert.Single(isl.State.LastCalls(Isl.Teach));
        Assert.Equal($"00-{CallersTrace}-{call.SpanId}-01", received.Header("traceparent"));
        Assert.Equal("vendor=value", received.Header("tracestate"));
    }

    /// <summary>By the standard variables; without them as the caller has decided, and always where it has not.</summary>
    [Theory]
    [InlineData(null, null, Sampled, true)]
    [InlineData(null, null, NotSampled, false)]
    [InlineData("always_off", null, Sampled, false)]
    [InlineData("always_on", null, NotSampled, true)]
    [InlineData("parentbased_always_off", null, Sampled, true)]
    [InlineData("traceidratio", "0", Sampled, false)]
    [InlineData("traceidratio", "1", NotSampled, true)]
    public async Task Sampler_OfTheStandardVariables_DecidesForTheGatewayAndForIsl(
        string? sampler, string? argument, string caller, bool isSampled)
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var isl = await StartIslAsync();
        await using var gateway = await StartAsync(isl, collector, new Dictionary<string, string?>
        {
            ["OTEL_TRACES_SAMPLER"] = sampler,
            ["OTEL_TRACES_SAMPLER_ARG"] = argument,
        });
        using var client = ClientOf(gateway);

        using var miss = await client.PostAsync(Isl.Validate, Isl.ValidateBody, caller);
        using var passed = await client.PostAsync(Isl.Teach, "{}", caller);

        foreach (var path in (string[])[Isl.Validate, Isl.Teach])
        {
            Assert.Matches(
                $"^00-{CallersTrace}-[0-9a-f]{{16}}-0{(isSampled ? 1 : 0)}$",
                Assert.Single(isl.State.LastCalls(path)).Header("traceparent"));
        }

        if (isSampled) await collector.OfTraceAsync(CallersTrace, 7);
        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Equal(isSampled, collector.Spans.Any(span => span.TraceId == CallersTrace));
    }

    [Fact]
    public async Task Exemplar_OfTheLatency_NamesTheTraceThatIsExported()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var isl = await StartIslAsync();
        await using var gateway = await StartAsync(isl, collector);
        using var client = ClientOf(gateway);
        using var management = new HttpClient { BaseAddress = gateway.Management };
        management.DefaultRequestHeaders.Add("Accept", "application/openmetrics-text; version=1.0.0");

        using var miss = await client.PostAsync(Isl.Validate, Isl.ValidateBody);

        await Eventually.TrueAsync(() => collector.Spans.Any(span => span.Kind == Server), Soon, "the span is exported");
        var server = collector.Spans.Single(span => span.Kind == Server);
        var line = "";
        await Eventually.TrueAsync(
            async () => (line = (await management.GetStringAsync("/metrics", TestContext.Current.CancellationToken)).Split('\n')
                .FirstOrDefault(one => one.StartsWith("plot_isl_latency_seconds_bucket", StringComparison.Ordinal)
                    && one.Contains(" # {", StringComparison.Ordinal)) ?? "").Length > 0,
            Soon, "there is an exemplar");
        Assert.Contains($"trace_id=\"{server.TraceId}\"", line, StringComparison.Ordinal);
        Assert.Contains($"span_id=\"{server.SpanId}\"", line, StringComparison.Ordinal);
    }

    /// <summary>Its connections are taken and never answered; the queue for it overflows.</summary>
    [Fact]
    public async Task Collector_ThatHangs_DelaysNoAnswer()
    {
        await using var isl = await StartIslAsync();
        using var collector = new TcpListener(IPAddress.Loopback, 0);
        collector.Start();
        await using var gateway = GatewayProcess.Start(["--environment=Production", $"--Isl:BaseUrl={isl.BaseAddress}"],
            new Dictionary<string, string?>
            {
                ["OTEL_EXPORTER_OTLP_ENDPOINT"] = $"http://{collector.LocalEndpoint}",
                ["OTEL_BSP_SCHEDULE_DELAY"] = "10",
                ["OTEL_BSP_MAX_QUEUE_SIZE"] = "64",
                ["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"] = "16",
            });
        await gateway.BannerAsync();
        using var client = ClientOf(gateway);

        for (var i = 0; i < 500; i++)
        {
            using var answer = await client.PostAsync(Isl.Validate, Isl.ValidateBody).WaitAsync(
                Soon, TimeProvider.System, TestContext.Current.CancellationToken);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        }

        gateway.Terminate();
        Assert.Equal(0, await gateway.WaitForExitAsync());
    }

    /// <summary>Scrapes and probes come every few seconds and would drown what is of interest.</summary>
    [Fact]
    public async Task Management_Always_HasNoSpans()
    {
        await using var collector = await OtlpReceiver.StartAsync();
        await using var isl = await StartIslAsync();
        await using var gateway = await StartAsync(isl, collector);
        using var client = ClientOf(gateway);
        using var management = new HttpClient { BaseAddress = gateway.Management };

        foreach (var path in (string[])["/metrics", "/health/ready", "/api/stats"])
            await management.GetStringAsync(path, TestContext.Current.CancellationToken);
        using var miss = await client.PostAsync(Isl.Validate, Isl.ValidateBody, Sampled);

        await collector.OfTraceAsync(CallersTrace, 5);
        Assert.All(collector.Spans, span => Assert.Equal(CallersTrace, span.TraceId));
    }

    private static OtlpSpan Named(IReadOnlyList<OtlpSpan> spans, string name) =>
        Assert.Single(spans, span => span.Name.StartsWith(name, StringComparison.Ordinal));

    /// <summary>Whoever waits for another's call is not counted anywhere, but the memory that its body takes is.</summary>
    private static async Task<double> BufferedAsync(GatewayProcess gateway)
    {
        using var management = new HttpClient { BaseAddress = gateway.Management };
        return Exposition.Parse(await management.GetStringAsync("/metrics", TestContext.Current.CancellationToken))
            ["isl_gateway_buffered_bytes"];
    }

    private static async Task<GatewayProcess> StartAsync(
        SimulatorHost isl, OtlpReceiver collector, IReadOnlyDictionary<string, string?>? more = null)
    {
        var environment = collector.Environment.Concat(more ?? new Dictionary<string, string?>()).ToDictionary();
        var gateway = GatewayProcess.Start(["--environment=Production", $"--Isl:BaseUrl={isl.BaseAddress}"], environment);
        await gateway.BannerAsync();
        return gateway;
    }

    private static HttpClient ClientOf(GatewayProcess gateway) =>
        new(new SocketsHttpHandler { ActivityHeadersPropagator = null }) { BaseAddress = gateway.Address };

    private static Task<SimulatorHost> StartIslAsync() => SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
}
