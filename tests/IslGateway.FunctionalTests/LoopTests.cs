using System.Net;
using IslGateway.Caching.Epochs;
using IslGateway.Edge;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.FunctionalTests;

/// <summary>A gateway whose upstream is itself, and gateways that rightly stand one before another.</summary>
public sealed class LoopTests
{
    private const string Code = "ISL_GATEWAY_LOOP_DETECTED";
    private const string Reason = "loop-detected";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("POST", Isl.Validate)]
    [InlineData("POST", Isl.Teach)]
    [InlineData("POST", Isl.Update)]
    [InlineData("POST", "/nowhere")]
    [InlineData("GET", "/health")]
    [InlineData("GET", "/nowhere")]
    public async Task OwnAddress_BehindARelay_IsALoopEachTime(string method, string target)
    {
        await using var ring = await Ring.StartAsync("Circuit:MinimumFailures=2", "Cooldown:Failures=1", "Circuit:SamplingDuration=5m");
        for (var i = 0; i < 8; i++)
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(target, UriKind.Relative));
            if (method == "POST") request.Content = Isl.Post(target, i < 4 ? Isl.ValidateBody : $$"""{"user_id":"u{{i}}"}""").Content;
            using var answer = await ring.Client.SendAsync(request, TestContext.Current.CancellationToken);
            await answer.AssertProblemAsync(HttpStatusCode.LoopDetected, Code, Reason);
        }
    }

    [Fact]
    public async Task Polls_ThroughALoop_GoRoundOnce()
    {
        await using var ring = await Ring.StartAsync("Isl:HealthInterval=50ms");
        var replica = Assert.Single(ring.Gateways[0].Services.GetRequiredService<ReplicaRegistry>().Replicas);
        await Eventually.TrueAsync(
            () => replica.Trouble?.Contains("leads back to this gateway", StringComparison.Ordinal) == true, Soon,
            "a poll says that it has come back");
        Assert.Null(replica.Epoch);
    }

    [Theory]
    [InlineData(Isl.Validate)]
    [InlineData(Isl.Teach)]
    [InlineData("/nowhere")]
    public async Task TwoGateways_EachTheOthersUpstream_AreALoop(string target)
    {
        await using var ring = await Ring.OfTwoAsync();
        for (var i = 0; i < 3; i++)
        {
            using var answer = await ring.Client.PostAsync(target, Isl.ValidateBody);
            await answer.AssertProblemAsync(HttpStatusCode.LoopDetected, Code, Reason);
        }
    }

    [Theory]
    [InlineData(Isl.Validate, "1.1 isl-gateway-[0-9a-f]{16}, 1.1 isl-gateway-[0-9a-f]{16}")]
    [InlineData(Isl.Teach, "1.0 fred, 1.1 isl-gateway-[0-9a-f]{16}, 1.1 isl-gateway-[0-9a-f]{16}")]
    public async Task TwoGateways_InARow_AreNone(string target, string via)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var near = await GatewayUnderTest.StartAsync(isl.BaseAddress);
        await using var far = await GatewayUnderTest.StartAsync(near.Address);
        using var answer = await far.Client.PostAsync(target, Isl.ValidateBody, "Via: 1.0 fred");
        Assert.NotEqual(HttpStatusCode.LoopDetected, answer.StatusCode);
        Assert.Matches($"^{via}$", Assert.Single(isl.State.LastCalls(target)).Header("Via"));
    }

    [Theory]
    [InlineData(Listeners.Gateway)]
    [InlineData(Listeners.Management)]
    public async Task OwnAddress_Named_IsRefusedAtStart(string listener)
    {
        var (gateway, management) = (FreePort.Next(), FreePort.Next());
        var own = $"http://localhost:{(listener == Listeners.Gateway ? gateway : management)}";
        var result = await GatewayProcess.RunAsync([
            "--environment=Production", $"--Isl:BaseUrl={own}",
            $"--{Listeners.UrlKey(Listeners.Gateway)}=http://0.0.0.0:{gateway}",
            $"--{Listeners.UrlKey(Listeners.Management)}=http://127.0.0.1:{management}",
        ]);

        Assert.Equal(2, result.ExitCode);
        Assert.Contains($"Isl:BaseUrl = \"{own}\": must not lead back to this gateway", result.Output, StringComparison.Ordinal);
        Assert.Contains(Listeners.UrlKey(listener), result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sigterm_AfterALoop_EndsInGoodOrder()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "needs Unix signals");
        var port = FreePort.Next();
        await using var relay = new CuttableProxy(port);
        await using var gateway = GatewayProcess.Start([
            "--environment=Production", $"--Isl:BaseUrl=http://127.0.0.1:{relay.Port}",
            $"--Kestrel:Endpoints:Other:Url=http://127.0.0.1:{port}",
            "--Logging:LogLevel:Default=Information",
        ]);
        await gateway.BannerAsync();
        using var client = new HttpClient { BaseAddress = gateway.Address };
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(i => client.PostAsync(i % 2 == 0 ? Isl.Validate : Isl.Teach, Isl.ValidateBody)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.LoopDetected, answer.StatusCode));
        foreach (var answer in answers) answer.Dispose();

        gateway.Terminate();

        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.Contains("nothing was cut off", gateway.Output, StringComparison.Ordinal);
    }

    /// <summary>Gateways in a circle: the last one's upstream is a relay, which passes bytes on, to the first.</summary>
    private sealed class Ring(CuttableProxy relay, IReadOnlyList<GatewayUnderTest> gateways, HttpClient client) : IAsyncDisposable
    {
        public HttpClient Client => client;

        public IReadOnlyList<GatewayUnderTest> Gateways => gateways;

        public static async Task<Ring> StartAsync(params string[] settings)
        {
            var port = FreePort.Next();
            var relay = new CuttableProxy(port);
            return new Ring(relay, [await CloseAsync(port, new Uri($"http://127.0.0.1:{relay.Port}"), settings)], ClientOf(port));
        }

        public static async Task<Ring> OfTwoAsync()
        {
            var port = FreePort.Next();
            var relay = new CuttableProxy(port);
            var second = await GatewayUnderTest.StartAsync(new Uri($"http://127.0.0.1:{relay.Port}"));
            return new Ring(relay, [await CloseAsync(port, second.Address), second], ClientOf(port));
        }

        public async ValueTask DisposeAsync()
        {
            client.Dispose();
            foreach (var gateway in gateways) await gateway.DisposeAsync();
            await relay.DisposeAsync();
        }

        private static HttpClient ClientOf(int port) => new() { BaseAddress = new Uri($"http://127.0.0.1:{port}") };

        private static Task<GatewayUnderTest> CloseAsync(int port, Uri upstream, params string[] settings) =>
            GatewayUnderTest.StartAsync(upstream, [$"Kestrel:Endpoints:Other:Url=http://127.0.0.1:{port}", .. settings]);
    }
}
