using System.Net;
using System.Net.Sockets;
using System.Text;
using IslGateway.Upstream.Forwarding;
using Yarp.ReverseProxy.Forwarder;

namespace IslGateway.UnitTests.Upstream.Forwarding;

/// <summary>The dialer in .NET's own client.</summary>
public sealed class DialerTests : IDisposable
{
    private const int SomePort = 8000;
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly TcpListener _isl = TcpListener.Create(0);

    public DialerTests() => _isl.Start();

    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    private int Port => ((IPEndPoint)_isl.LocalEndpoint).Port;

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("[::1]")]
    [InlineData("localhost")]
    public async Task DialAsync_AddressOrThisMachine_Connects(string host)
    {
        Assert.SkipUnless(host != "[::1]" || Socket.OSSupportsIPv6, "needs IPv6");
        var answering = AnswerAsync();
        Assert.Equal("none", await AskAsync($"http://{host}:{Port}/", Dns.GetHostAddressesAsync));
        await answering;
    }

    [Fact]
    public async Task DialAsync_Literal_IsNotLookedUp()
    {
        var answering = AnswerAsync();
        Assert.Equal(
            "none", await AskAsync($"http://127.0.0.1:{Port}/", _ => throw new InvalidOperationException("An address is no name.")));
        await answering;
    }

    [Fact]
    public async Task DialAsync_FirstAddressesAreDeaf_TakesTheNext()
    {
        // Nothing listens at 127.0.0.2 nor at ::1: this listener is at one address.
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerAsync(listener);
        IPAddress[] addresses = [IPAddress.IPv6Loopback, IPAddress.Parse("127.0.0.2"), IPAddress.Loopback];
        Assert.Equal("none", await AskAsync($"http://isl:{((IPEndPoint)listener.LocalEndpoint).Port}/", _ => Task.FromResult(addresses)));
        await answering;
    }

    [Theory]
    [InlineData(SocketError.HostNotFound)]
    [InlineData(SocketError.TryAgain)]
    [InlineData(SocketError.NoData)]
    public async Task DialAsync_NameWithoutAddress_IsUnreachable(SocketError error) =>
        Assert.Equal("Unreachable", await AskAsync($"http://isl:{SomePort}/", _ => throw new SocketException((int)error)));

    [Fact]
    public async Task DialAsync_NoAddresses_IsUnreachable() =>
        Assert.Equal("Unreachable", await AskAsync($"http://isl:{SomePort}/", _ => Task.FromResult<IPAddress[]>([])));

    [Fact]
    public async Task DialAsync_LookupThatOutlastsConnectTimeout_IsUnreachable() =>
        Assert.Equal("Unreachable", await AskAsync($"http://isl:{SomePort}/", _ => new TaskCompletionSource<IPAddress[]>().Task));

    [Fact]
    public async Task DialAsync_Refused_IsUnreachable()
    {
        _isl.Stop();
        Assert.Equal("Unreachable", await AskAsync($"http://isl:{Port}/", _ => Task.FromResult<IPAddress[]>([IPAddress.Loopback])));
    }

    public void Dispose() => _isl.Dispose();

    /// <returns>The failure that it is; "none" if there is an answer.</returns>
    private static async Task<string> AskAsync(string address, Func<string, Task<IPAddress[]>> lookup)
    {
        using var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            ConnectTimeout = TimeSpan.FromMilliseconds(500),
            ConnectCallback = new Dialer(new HostLookups(lookup), TimeProvider.System).DialAsync,
        };
        using var client = new HttpMessageInvoker(handler);
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        try
        {
            using var response = await client.SendAsync(request, Patience).WaitAsync(Soon, Patience);
            return response.StatusCode == HttpStatusCode.NoContent ? "none" : response.StatusCode.ToString();
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            var error = e is HttpRequestException ? ForwarderError.Request : ForwarderError.RequestTimedOut;
            return TransportFailure.Of(new Account(error, e)).ToString();
        }
    }

    private Task AnswerAsync() => AnswerAsync(_isl);

    private static async Task AnswerAsync(TcpListener listener)
    {
        using var connection = await listener.AcceptSocketAsync(Patience);
        await connection.ReceiveAsync(new byte[4096], Patience);
        await connection.SendAsync(Encoding.ASCII.GetBytes("HTTP/1.1 204 No Content\r\n\r\n"), Patience);
    }

    private sealed record Account(ForwarderError Error, Exception? Exception) : IForwarderErrorFeature;
}
