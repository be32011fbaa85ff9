using System.Net;
using System.Net.Sockets;
using System.Text;
using IslGateway.Upstream.Forwarding;

namespace IslGateway.UnitTests.Upstream.Forwarding;

/// <summary>Pools that are replaced under calls of .NET's own client.</summary>
public sealed class ReplicaPoolsTests : IDisposable
{
    private const string Half = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab";
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(60);

    private readonly TcpListener _isl = new(IPAddress.Loopback, 0);
    private readonly ReplicaPools _pools = new(() => new HttpMessageInvoker(new SocketsHttpHandler
    {
        UseProxy = false,
        MaxConnectionsPerServer = 1,
    }));
    private readonly HttpMessageInvoker _client;

    public ReplicaPoolsTests()
    {
        _isl.Start();
        _client = new HttpMessageInvoker(_pools);
    }

    private static CancellationToken Patience => TestContext.Current.CancellationToken;

    private Uri Address => new($"http://{_isl.LocalEndpoint}/");

    [Fact]
    public async Task Renew_IdleConnection_IsClosedAndTheNextCallHasANewOne()
    {
        using var first = await AnswerAsync(AskAsync(), Half + "cd");
        _pools.Renew(new Uri(Address, "/beneath"));
        Assert.Equal(0, await first.ReceiveAsync(new byte[1], Patience));
        using var second = await AnswerAsync(AskAsync(), Half + "cd");
    }

    [Fact]
    public async Task Renew_AnswerUnderWay_ComesToItsEndAndItsConnectionIsNotUsedAgain()
    {
        var asking = SendAsync();
        using var connection = await AcceptAsync();
        await connection.SendAsync(Encoding.ASCII.GetBytes(Half), Patience);
        using var answer = await asking.WaitAsync(Soon, Patience);
        var reading = answer.Content.ReadAsStringAsync(Patience);

        _pools.Renew(Address);
        await connection.SendAsync("cd"u8.ToArray(), Patience);

        Assert.Equal("abcd", await reading.WaitAsync(Soon, Patience));
        Assert.Equal(0, await connection.ReceiveAsync(new byte[1], Patience));
        using var next = await AnswerAsync(AskAsync(), Half + "cd");
    }

    /// <summary>The one connection is taken: whoever waits for it has come before, and is served by it.</summary>
    [Fact]
    public async Task Renew_CallsThatWaitForAConnection_AreStillServed()
    {
        var first = AskAsync();
        using var connection = await AcceptAsync();
        var second = AskAsync();

        _pools.Renew(Address);
        foreach (var asking in (Task<string>[])[first, second])
        {
            await connection.SendAsync(Encoding.ASCII.GetBytes(Half + "cd"), Patience);
            Assert.Equal("abcd", await asking.WaitAsync(Soon, Patience));
            if (asking == first) await connection.ReceiveAsync(new byte[4096], Patience);
        }

        Assert.Equal(0, await connection.ReceiveAsync(new byte[1], Patience));
    }

    [Fact]
    public async Task Retain_ReplicaThatIsGone_LosesItsConnections()
    {
        using var kept = await AnswerAsync(AskAsync(), Half + "cd");
        _pools.Retain([new Uri(Address, "/path")]);
        var again = AskAsync();
        await kept.ReceiveAsync(new byte[4096], Patience);
        await kept.SendAsync(Encoding.ASCII.GetBytes(Half + "cd"), Patience);
        Assert.Equal("abcd", await again.WaitAsync(Soon, Patience));

        _pools.Retain([new Uri("http://127.0.0.1:1/")]);
        Assert.Equal(0, await kept.ReceiveAsync(new byte[1], Patience));
    }

    public void Dispose()
    {
        _client.Dispose();
        _isl.Dispose();
    }

    private Task<HttpResponseMessage> SendAsync() => _client.SendAsync(
        new HttpRequestMessage(HttpMethod.Get, new Uri(Address.AbsoluteUri + "a%2Fb", new UriCreationOptions
        {
            DangerousDisablePathAndQueryCanonicalization = true,
        })),
        Patience);

    private async Task<string> AskAsync()
    {
        using var answer = await SendAsync();
        return await answer.Content.ReadAsStringAsync(Patience);
    }

    /// <summary>A new connection, once a request has come over it.</summary>
    private async Task<Socket> AcceptAsync()
    {
        var connection = await _isl.AcceptSocketAsync(Patience).AsTask().WaitAsync(Soon, Patience);
        await connection.ReceiveAsync(new byte[4096], Patience);
        return connection;
    }

    private async Task<Socket> AnswerAsync(Task<string> asking, string answer)
    {
        var connection = await AcceptAsync();
        await connection.SendAsync(Encoding.ASCII.GetBytes(answer), Patience);
        Assert.Equal("abcd", await asking.WaitAsync(Soon, Patience));
        return connection;
    }
}
