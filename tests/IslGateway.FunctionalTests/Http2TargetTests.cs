using System.Net;
using System.Net.Sockets;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;
using IslSimulator;

namespace IslGateway.FunctionalTests;

/// <summary>
/// HTTP/2 carries a target and a method as any bytes. What could not stand on ISL's request line is refused: written there, it would end
/// the line early, or hold what earlier requests left in the connection's buffer.
/// </summary>
public sealed class Http2TargetTests
{
    /// <summary>HPACK's static table, as the first byte of an answer's header block: the statuses 400 and 404.</summary>
    private const byte BadRequest = 0x8c, NotFound = 0x8d;

    private const byte Headers = 1, Settings = 4;

    [Theory]
    [InlineData("POST", "/a\u00c3\u00a9")]
    [InlineData("POST", "/api/v1/causal/validate\u00e9")]
    [InlineData("POST", "/api/v1/causal/validate?\u0080")]
    [InlineData("POST", "/x y")]
    [InlineData("POST", "/api/v1/preferences/update HTTP/1.1")]
    [InlineData("GET", "/x HTTP/1.1\r\nX-API-Key: a\r\nX: ")]
    [InlineData("GET", "/x\ty")]
    [InlineData("GET", "/x\u0001")]
    [InlineData("GET", "/x\u007f")]
    [InlineData("GET", "/ready#fragment")]
    [InlineData("post", "/api/v1/preferences/update")]
    [InlineData("Get", "/api/v1/outcomes/summary")]
    public async Task Target_ThatNoRequestLineCanHold_IsRefusedAndNeverReachesIsl(string method, string target)
    {
        await using var isl = await SimulatorHost.StartAsync(new SimulatorOptions { Latency = 0 });
        await using var gateway = await StartAsync(isl, out var port);

        // Kestrel ends the stream or the connection itself for some of them: that is no answer, and all right.
        Assert.Contains(await AskAsync(port, method, target), (byte?[])[BadRequest, null]);
        Assert.Equal(0, isl.State.TotalCalls);
        Assert.Equal(NotFound, await AskAsync(port, "POST", "/nowhere"));
        Assert.Equal(1, isl.State.TotalCalls);
    }

    [Theory]
    [InlineData("/x y")]
    [InlineData("/x\ty")]
    [InlineData("/x\u0001")]
    [InlineData("/x\u007f")]
    [InlineData("/x\u00e9")]
    [InlineData("/ready#fragment")]
    [InlineData("/api/v1/preferences/update#x")]
    public async Task Target_OverHttp11_IsRefusedAndNeverReachesIsl(string target)
    {
        await using var rig = await Rig.StartAsync();
        var answer = await RawHttp.ExchangeAsync(rig.Gateway.Address, $"GET {target} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
        Assert.Equal(400, answer.Status);
        Assert.Equal(0, rig.Sim.TotalCalls);
    }

    [Theory]
    [InlineData("post", Isl.Update)]
    [InlineData("Post", Isl.Validate)]
    [InlineData("gEt", "/ready")]
    public async Task Method_InAnotherCase_IsRefusedAndNeverReachesIsl(string method, string target)
    {
        await using var rig = await Rig.StartAsync();
        var answer = await RawHttp.ExchangeAsync(
            rig.Gateway.Address, $"{method} {target} HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n"
                + "Content-Type: application/json\r\nConnection: close\r\n\r\n{{}}");
        Assert.Equal(400, answer.Status);
        Assert.Equal(0, rig.Sim.TotalCalls);
    }

    private static Task<GatewayUnderTest> StartAsync(SimulatorHost isl, out int port)
    {
        port = FreePort.Next();
        return GatewayUnderTest.StartAsync(
            isl.BaseAddress, $"Kestrel:Endpoints:GatewayH2c:Url=http://127.0.0.1:{port}", "Kestrel:Endpoints:GatewayH2c:Protocols=Http2");
    }

    /// <summary>Sends one request without a body on a connection of its own, no matter what its target holds.</summary>
    /// <returns>The first byte of the answer's header block; null: there was none.</returns>
    private static async Task<byte?> AskAsync(int port, string method, string target)
    {
        var token = TestContext.Current.CancellationToken;
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, token);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), token);
        await stream.WriteAsync(Frame(Settings, flags: 0, stream: 0, []), token);
        byte[] block = [.. Field(":method", method), .. Field(":scheme", "http"), .. Field(":authority", "h"), .. Field(":path", target)];
        await stream.WriteAsync(Frame(Headers, flags: 0x5, stream: 1, block), token);
        try
        {
            while (true)
            {
                var head = new byte[9];
                await stream.ReadExactlyAsync(head, token);
                var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
                await stream.ReadExactlyAsync(payload, token);
                if (head[3] == Headers) return payload[0];

                // RST_STREAM or GOAWAY.
                if (head[3] is 3 or 7) return null;
            }
        }
        catch (Exception e) when (e is IOException or EndOfStreamException)
        {
            return null;
        }
    }

    private static byte[] Frame(byte type, byte flags, int stream, byte[] payload) =>
        [0, (byte)(payload.Length >> 8), (byte)payload.Length, type, flags, 0, 0, 0, (byte)stream, .. payload];

    /// <summary>A literal field without indexing (RFC 7541, section 6.2.2), one byte per character.</summary>
    private static byte[] Field(string name, string value) =>
        [0, (byte)name.Length, .. Encoding.Latin1.GetBytes(name), (byte)value.Length, .. Encoding.Latin1.GetBytes(value)];
}
