using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using IslGateway.FunctionalTests.Infrastructure;

namespace IslGateway.FunctionalTests;

/// <summary>What one HTTP/2 request does wrong is its own trouble, not that of its neighbours on the connection.</summary>
public sealed class Http2LimitsTests
{
    private const byte Headers = 1;
    private const byte Settings = 4;
    private const byte Continuation = 9;
    private const byte EndStream = 1;
    private const byte EndHeaders = 4;

    /// <summary>
    /// Every client that heeds the server's settings would not send such fields at all; so the frames (RFC 9113) are written by hand.
    /// </summary>
    [Theory]
    [InlineData(1, 40_000)]
    [InlineData(4, 10_000)]
    public async Task HeaderFields_TooLong_Are431AndTheNeighbourIsAnswered(int fields, int length)
    {
        var port = FreePort.Next();
        await using var rig = await Rig.StartAsync($"Kestrel:Endpoints:GatewayH2c:Url=http://127.0.0.1:{port}");
        rig.Sim.Hang("/ready");
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", port, TestContext.Current.CancellationToken);
        var stream = client.GetStream();
        await stream.WriteAsync("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        await SendAsync(stream, Settings, 0, 0, []);
        await SendAsync(stream, Headers, EndStream | EndHeaders, 1, Get("/ready"));
        await rig.CallsReachAsync("/ready", 1);

        var longOnes = Enumerable.Range(0, fields).SelectMany(n => Field($"x-long-{n}", new string('x', length)));
        var parts = Get("/openapi.json").Concat(longOnes).Chunk(16_000).ToList();
        for (var i = 0; i < parts.Count; i++)
            await SendAsync(
                stream, i == 0 ? Headers : Continuation, (byte)((i == 0 ? EndStream : 0) | (i == parts.Count - 1 ? EndHeaders : 0)), 3,
                parts[i]);

        var refused = await HeadersOfAsync(stream, 3);
        Assert.Contains("431", Encoding.ASCII.GetString(refused), StringComparison.Ordinal);
        rig.Sim.ReleaseHang();

        // The static table's entry 8: status 200.
        Assert.Equal(0x88, (await HeadersOfAsync(stream, 1))[0]);
    }

    private static byte[] Get(string path) =>
        [.. Field(":method", "GET"), .. Field(":scheme", "http"), .. Field(":authority", "h"), .. Field(":path", path)];

    /// <summary>A field as it stands, never indexed (RFC 7541, section 6.2.2).</summary>
    private static byte[] Field(string name, string value) => [0, .. Text(name), .. Text(value)];

    private static byte[] Text(string text)
    {
        var bytes = new List<byte>();
        if (text.Length < 127)
        {
            bytes.Add((byte)text.Length);
        }
        else
        {
            bytes.Add(127);
            var rest = text.Length - 127;
            for (; rest >= 128; rest >>= 7) bytes.Add((byte)(rest | 128));
            bytes.Add((byte)rest);
        }

        return [.. bytes, .. Encoding.ASCII.GetBytes(text)];
    }

    private static async Task SendAsync(NetworkStream stream, byte type, byte flags, int id, byte[] payload)
    {
        var head = new byte[9];
        BinaryPrimitives.WriteInt32BigEndian(head, payload.Length << 8);
        (head[3], head[4]) = (type, flags);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(5), id);
        await stream.WriteAsync(head, TestContext.Current.CancellationToken);
        await stream.WriteAsync(payload, TestContext.Current.CancellationToken);
    }

    /// <summary>Reads on until a stream's headers come; a GOAWAY before that is a connection lost.</summary>
    private static async Task<byte[]> HeadersOfAsync(NetworkStream stream, int id)
    {
        var head = new byte[9];
        while (true)
        {
            await stream.ReadExactlyAsync(head, TestContext.Current.CancellationToken);
            var payload = new byte[(head[0] << 16) | (head[1] << 8) | head[2]];
            await stream.ReadExactlyAsync(payload, TestContext.Current.CancellationToken);
            Assert.NotEqual(7, head[3]);
            if (head[3] == Headers && BinaryPrimitives.ReadInt32BigEndian(head.AsSpan(5)) == id) return payload;
        }
    }
}
