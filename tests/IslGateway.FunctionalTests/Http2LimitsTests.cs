using System.Net;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>What one HTTP/2 request does wrong is its own trouble, not that of its neighbours on the connection.</summary>
public sealed class Http2LimitsTests
{
    [Theory]
    [InlineData(1, 40_000)]
    [InlineData(4, 10_000)]
    public async Task HeaderFields_TooLong_Are431AndTheNeighbourIsAnswered(int fields, int length)
    {
        var port = FreePort.Next();
        await using var rig = await Rig.StartAsync($"Kestrel:Endpoints:GatewayH2c:Url=http://127.0.0.1:{port}");
        using var handler = new SocketsHttpHandler { EnableMultipleHttp2Connections = false };
        using var client = new HttpClient(handler)
        {
            BaseAddress = new Uri($"http://127.0.0.1:{port}"), DefaultRequestVersion = HttpVersion.Version20, DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        rig.Sim.Hang(Isl.Teach);
        using var slow = Isl.Post(Isl.Teach, "{}");
        (slow.Version, slow.VersionPolicy) = (HttpVersion.Version20, HttpVersionPolicy.RequestVersionExact);
        var neighbour = client.SendAsync(slow, TestContext.Current.CancellationToken);
        await rig.CallsReachAsync(Isl.Teach, 1);

        using var request = new HttpRequestMessage(HttpMethod.Get, "/ready") { Version = HttpVersion.Version20, VersionPolicy = HttpVersionPolicy.RequestVersionExact };
        for (var i = 0; i < fields; i++) request.Headers.Add($"X-Long-{i}", new string('x', length));
        using var refused = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.RequestHeaderFieldsTooLarge, refused.StatusCode);
        rig.Sim.ReleaseHang();
        using var answered = await neighbour;
        Assert.NotEqual(0, (int)answered.StatusCode);
    }
}
