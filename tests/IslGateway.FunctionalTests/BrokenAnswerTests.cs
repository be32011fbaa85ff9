using System.Net;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>An answer that broke off counts as an error, whatever its status said; one whose caller left does not.</summary>
public sealed class BrokenAnswerTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    private const string Other = "/x";
    private const int FirstPart = 70_000;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    /// <summary>On a path without a row, on a row without cache, by a fill that only its leader may have, and by an update.</summary>
    public static TheoryData<string, string, bool> Broken() => new(
        from path in (string[])[Other, Isl.Teach, Isl.Validate, Isl.Update]
        from framing in (string[])["chunks", "a length"]
        from isHttp2 in (bool[])[false, true]
        select (path, framing, isHttp2));

    [Theory]
    [MemberData(nameof(Broken))]
    public async Task Answer_ThatIslBreaksOff_IsAnError(string path, string framing, bool isHttp2)
    {
        await using var stage = await Stage.StartAsync(framing);

        using var answer = await stage.AskAsync(path, isHttp2);
        (await stage.Upstream.Held).Reset();
        await Assert.ThrowsAnyAsync<Exception>(() => answer.BytesAsync());

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        await stage.CountsAsync(path, isError: true);
    }

    [Theory]
    [InlineData(Other, false)]
    [InlineData(Other, true)]
    [InlineData(Isl.Teach, false)]
    [InlineData(Isl.Validate, false)]
    [InlineData(Isl.Validate, true)]
    public async Task Answer_WhoseCallerLeaves_IsNone(string path, bool isHttp2)
    {
        await using var stage = await Stage.StartAsync("chunks");

        (await stage.AskAsync(path, isHttp2)).Dispose();

        // Whether it is there is found out by writing to it.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var more = stage.GoOnAsync(stop.Token);
        await stage.CountsAsync(path, isError: false);
        await stop.CancelAsync();
        await more;
    }

    [Fact]
    public async Task Answer_ThatIsWhole_IsNone()
    {
        await using var stage = await Stage.StartAsync("chunks");

        using var answer = await stage.AskAsync(Other, isHttp2: false);
        await (await stage.Upstream.Held).SayAsync("0\r\n\r\n");

        Assert.Equal(FirstPart, (await answer.BytesAsync()).Length);
        await stage.CountsAsync(Other, isError: false);
    }

    [Fact]
    public async Task Rows_OnOnePath_CountHitsAndMissesOfTheCacheableOneAlone()
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await GatewayUnderTest.StartAsync(
            isl.BaseAddress,
            $"Endpoints:AaaValidateAgain:Path={Isl.Validate}", "Endpoints:AaaValidateAgain:Methods=GET",
            "Endpoints:AaaValidateAgain:Cache=None",
            $"Endpoints:ZzzTeachAgain:Path={Isl.Teach}", "Endpoints:ZzzTeachAgain:Methods=PUT",
            "Endpoints:ZzzTeachAgain:Cache=Deterministic");
        using var miss = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        using var hit = await gateway.Client.PostAsync(Isl.Validate, Isl.ValidateBody);
        using var got = await gateway.Client.GetAsync(new Uri(Isl.Validate, UriKind.Relative), TestContext.Current.CancellationToken);
        using var taught = await gateway.Client.PostAsync(Isl.Teach, "{}");
        using var put = Isl.Post(Isl.Teach, "{}");
        put.Method = HttpMethod.Put;
        using var missed = await gateway.Client.SendAsync(put, TestContext.Current.CancellationToken);
        Assert.Contains("endpoint-not-cached", got.CacheStatus(), StringComparison.Ordinal);

        await Eventually.TrueAsync(
            async () => await CountAsync(gateway, "plot_isl_latency_seconds_count", Isl.Teach) == 2, Soon, "all are counted");
        Assert.Equal(1, await CountAsync(gateway, "plot_isl_cache_hits_total", Isl.Validate));
        Assert.Equal(1, await CountAsync(gateway, "plot_isl_cache_misses_total", Isl.Validate));
        Assert.Equal(0, await CountAsync(gateway, "plot_isl_cache_hits_total", Isl.Teach));
        Assert.Equal(1, await CountAsync(gateway, "plot_isl_cache_misses_total", Isl.Teach));
    }

    private static async Task<double> CountAsync(GatewayUnderTest gateway, string series, string path) =>
        (await Exposition.OfAsync(gateway))[$$"""{{series}}{endpoint="{{path}}"}"""];

    /// <summary>A gateway, by HTTP/1.1 and HTTP/2, before an ISL whose answer has begun and does not end.</summary>
    private sealed class Stage : IAsyncDisposable
    {
        private readonly HttpClient _http2;
        private readonly HttpClient _http1;

        private Stage(ScriptedUpstream upstream, GatewayUnderTest gateway, Uri h2c)
        {
            (Upstream, Gateway) = (upstream, gateway);
            _http1 = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = gateway.Address };
            _http2 = new HttpClient(new SocketsHttpHandler { UseProxy = false })
            {
                BaseAddress = h2c,
                DefaultRequestVersion = HttpVersion.Version20,
                DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            };
        }

        public ScriptedUpstream Upstream { get; }

        private GatewayUnderTest Gateway { get; }

        public static async Task<Stage> StartAsync(string framing)
        {
            var body = "[\"" + new string('x', FirstPart - 2);
            var upstream = new ScriptedUpstream(Scripts.Says(
                framing == "chunks"
                    ? $"{Head}Transfer-Encoding: chunked\r\n\r\n{FirstPart:x}\r\n{body}\r\n"
                    : $"{Head}Content-Length: 100000\r\n\r\n{body}",
                AfterAnswer.Hold));
            var port = FreePort.Next();
            var h2c = $"http://127.0.0.1:{port}";
            var gateway = await GatewayUnderTest.StartAsync(
                upstream.Address, "Cache:MaxEntrySize=64KiB", $"Kestrel:Endpoints:GatewayH2c:Url={h2c}");
            return new Stage(upstream, gateway, new Uri(h2c));
        }

        public Task<HttpResponseMessage> AskAsync(string path, bool isHttp2)
        {
            var client = isHttp2 ? _http2 : _http1;
            var request = Isl.Post(path, Isl.ValidateBody);
            (request.Version, request.VersionPolicy) = (client.DefaultRequestVersion, client.DefaultVersionPolicy);
            return client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        }

        /// <summary>Has ISL send on and on.</summary>
        public async Task GoOnAsync(CancellationToken cancellationToken)
        {
            var call = await Upstream.Held;
            try
            {
                while (!cancellationToken.IsCancellationRequested)
                {
                    await call.SayAsync("1\r\n \r\n");
                    await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellationToken);
                }
            }
            catch (Exception ended) when (ended is IOException or System.Net.Sockets.SocketException or OperationCanceledException)
            {
                // The gateway has let go of the call.
            }
        }

        public async Task CountsAsync(string path, bool isError)
        {
            var label = path == Other ? "other" : path;
            double success = 0, error = 0;
            await Eventually.TrueAsync(
                async () =>
                {
                    var metrics = await Exposition.OfAsync(Gateway);
                    (success, error) = (metrics[Series(label, "success")], metrics[Series(label, "error")]);
                    return success + error > 0;
                },
                Soon, "the request is counted");
            Assert.Equal(isError ? (0, 1) : (1, 0), (success, error));
        }

        public async ValueTask DisposeAsync()
        {
            _http1.Dispose();
            _http2.Dispose();
            await Upstream.DisposeAsync();
            await Gateway.DisposeAsync();
        }

        private static string Series(string label, string status) =>
            $$"""plot_isl_requests_total{endpoint="{{label}}",status="{{status}}"}""";
    }
}
