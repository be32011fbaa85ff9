using System.Net;
using System.Net.Sockets;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>Callers who take what they can and give nothing back: each costs a bounded piece of memory, and nobody else notices.</summary>
public sealed class AbuseTests
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("headers", "")]
    [InlineData("body", "\r\n\r\n{")]
    public async Task SlowSenders_AreTimedOutAndHitsAreServedMeanwhile(string what, string begun)
    {
        await using var rig = await Rig.StartAsync("Limits:RequestHeadersTimeout=2s", "Limits:RateGracePeriod=2s");
        await using var pulse = await Pulse.StartAsync(rig.Gateway.Address, rig.Gateway.Management);
        var head = $"POST {Isl.Validate} HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 100000{begun}";

        var answers = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => DripAsync(rig.Gateway.Address, head)));
        await pulse.StopAsync($"200 slow senders of {what}");

        Assert.All(answers, answer => Assert.StartsWith("HTTP/1.1 408 ", answer, StringComparison.Ordinal));
    }

    [Fact]
    public async Task MaxConnections_OneMore_IsClosedAndManagementStillAnswers()
    {
        await using var rig = await Rig.StartAsync("Limits:MaxConnections=3");
        var held = new List<RawHttp>();
        for (var i = 0; i < 3; i++)
        {
            var one = await RawHttp.ConnectAsync(rig.Gateway.Address);
            held.Add(one);
            await one.SendAsync(RawHttp.Request("", "GET /ready HTTP/1.1", "Host: h"));
            Assert.Equal(200, (await one.ReadAnswerAsync()).Status);
        }

        await Assert.ThrowsAnyAsync<IOException>(
            () => RawHttp.ExchangeAsync(rig.Gateway.Address, RawHttp.Request("", "GET /ready HTTP/1.1", "Host: h")));
        using (var live = await rig.Gateway.ManagementClient.GetAsync("/health/live", TestContext.Current.CancellationToken))
            Assert.Equal(HttpStatusCode.OK, live.StatusCode);
        Assert.Contains("isl_gateway_connections_refused_total 1\n", await rig.Gateway.MetricsAsync(), StringComparison.Ordinal);

        await held[0].DisposeAsync();
        await Eventually.TrueAsync(
            async () =>
            {
                try
                {
                    return (await RawHttp.ExchangeAsync(
                        rig.Gateway.Address, RawHttp.Request("", "GET /ready HTTP/1.1", "Host: h", "Connection: close"))).Status == 200;
                }
                catch (IOException)
                {
                    return false;
                }
            },
            Soon, "the place of a connection that was closed is free");
        foreach (var one in held) await one.DisposeAsync();
    }

    [Theory]
    [InlineData(18_000, 404)]
    [InlineData(21_000, 431)]
    [InlineData(10_000_000, 431)]
    public async Task Headers_BeyondTheirLimit_Are431(int length, int status)
    {
        await using var rig = await Rig.StartAsync("Limits:MaxRequestHeadersSize=20KiB");
        await using var pulse = await Pulse.StartAsync(rig.Gateway.Address, rig.Gateway.Management);
        await using var caller = await RawHttp.ConnectAsync(rig.Gateway.Address);

        // The gateway answers before it has read all, and may have closed its side by then.
        var sending = caller.SendAsync(RawHttp.Request("", "GET /gateway/none HTTP/1.1", "Host: h", "X-Long: " + new string('x', length)));
        var answer = await caller.ReadHeadAsync();
        await Task.WhenAny(sending);

        Assert.Equal(status, answer.Status);
        await pulse.StopAsync($"headers of {length} bytes");
    }

    [Fact]
    public async Task H2c_MoreRequestsThanStreams_AreAllAnswered()
    {
        var port = FreePort.Next();
        await using var rig = await Rig.StartAsync(
            $"Kestrel:Endpoints:GatewayH2c:Url=http://127.0.0.1:{port}", "Limits:MaxStreamsPerConnection=101");
        await using var pulse = await Pulse.StartAsync(rig.Gateway.Address, rig.Gateway.Management);
        using var client = new HttpClient
        {
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        client.BaseAddress = new Uri($"http://127.0.0.1:{port}");

        var answers = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => AskAsync(client)));
        await pulse.StopAsync("500 requests on one HTTP/2 connection");

        Assert.All(answers, answer => Assert.Contains("; hit;", answer, StringComparison.Ordinal));
        Assert.Equal(101, await MaxStreamsAsync(port));
    }

    /// <summary>
    /// Some in the middle of their body, some before they are answered: that is their right, and no fault of the gateway's.
    /// </summary>
    [Fact]
    public async Task Resets_OfManyCallers_LeaveNoStackTraceInTheLog()
    {
        await using var gateway = GatewayProcess.Start(["--environment=Development"]);
        await gateway.BannerAsync();
        string[] paths = [Isl.Validate, Isl.Teach, Isl.Update, "/x"];

        await Task.WhenAll(
            Enumerable.Range(0, 200)
                .Select(i => ResetAsync(gateway.Address, paths[i % paths.Length], missing: i % 3 == 0 ? 1_000 : 0, i % 50)));
        gateway.Terminate();

        Assert.Equal(0, await gateway.WaitForExitAsync());
        Assert.DoesNotContain("   at ", gateway.Output, StringComparison.Ordinal);
    }

    private static async Task ResetAsync(Uri address, string path, int missing, int milliseconds)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { LingerState = new LingerOption(enable: true, seconds: 0) };
        await socket.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        await socket.SendAsync(Encoding.ASCII.GetBytes(RawHttp.Request(
            Isl.ValidateBody, $"POST {path} HTTP/1.1", "Host: h", "Content-Type: application/json",
            $"Content-Length: {Isl.ValidateBody.Length + missing}")));
        await Task.Delay(TimeSpan.FromMilliseconds(milliseconds), TimeProvider.System, TestContext.Current.CancellationToken);
    }

    private static async Task<string> AskAsync(HttpClient client)
    {
        using var request = Isl.Post(Isl.Validate, Isl.ValidateBody);
        (request.Version, request.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        using var answer = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return answer.CacheStatus();
    }

    /// <summary>
    /// What the server's first SETTINGS frame (RFC 9113, section 6.5) says of SETTINGS_MAX_CONCURRENT_STREAMS, which is 3.
    /// </summary>
    private static async Task<int> MaxStreamsAsync(int port)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"u8.ToArray(), TestContext.Current.CancellationToken);
        var head = new byte[9];
        await stream.ReadExactlyAsync(head, TestContext.Current.CancellationToken);
        var settings = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
        await stream.ReadExactlyAsync(settings, TestContext.Current.CancellationToken);
        return settings.Chunk(6).Where(setting => setting[1] == 3).Select(setting => (setting[4] << 8) | setting[5]).Single();
    }

    /// <summary>Sends the head, then ten bytes a second until the other side has had enough; what it says then.</summary>
    private static async Task<string> DripAsync(Uri address, string head)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync(address.Host, address.Port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(head), TestContext.Current.CancellationToken);
        var answer = new byte[4096];
        var reading = stream.ReadAsync(answer, TestContext.Current.CancellationToken).AsTask();
        while (await Task.WhenAny(
            reading, Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, TestContext.Current.CancellationToken)) != reading)
            await stream.WriteAsync("1"u8.ToArray(), TestContext.Current.CancellationToken);
        return Encoding.ASCII.GetString(answer, 0, await reading);
    }
}
