using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// Stands where ISL would and keeps connections open, or ends one when the next request on it is here: what a caller sees whose request
/// crosses the end of an idle connection.
/// </summary>
internal sealed class KeepAliveIsl : IAsyncDisposable
{
    private const string Health = """{"status":"healthy","version":"1","build":"keep","config_fingerprint":"000000000000"}""";
    private const string Answer = """{"result":1,"_metadata":{"config_fingerprint":"000000000000"}}""";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private Task _accepting = Task.CompletedTask;
    private int _connections;
    private int _computed;
    private int _cutOff;

    /// <summary>Answers on one connection, health polls excepted, before the next request on it ends it.</summary>
    public int PerConnection { get; init; } = int.MaxValue;

    /// <summary>Whether it ends by a reset.</summary>
    public bool Resets { get; init; }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>Connections on which anything but health was asked.</summary>
    public int Connections => Volatile.Read(ref _connections);

    /// <summary>Requests that were answered.</summary>
    public int Computed => Volatile.Read(ref _computed);

    /// <summary>Requests that met the end of their connection.</summary>
    public int CutOff => Volatile.Read(ref _cutOff);

    public KeepAliveIsl Start()
    {
        _listener.Start();
        _accepting = AcceptAsync();
        return this;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var serving = new List<Task>();
        try
        {
            while (true) serving.Add(ServeAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (Exception ended) when (ended is OperationCanceledException or ObjectDisposedException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var owned = socket;
        try
        {
            await using var stream = new NetworkStream(socket);
            for (var answered = 0; await ReadAsync(stream) is { Length: > 0 } head;)
            {
                var isHealth = head.StartsWith("GET /health", StringComparison.Ordinal);
                if (!isHealth && answered == 0) Interlocked.Increment(ref _connections);
                if (!isHealth && answered++ >= PerConnection)
                {
                    Interlocked.Increment(ref _cutOff);
                    if (Resets) socket.LingerState = new LingerOption(true, 0);
                    return;
                }

                if (!isHealth) Interlocked.Increment(ref _computed);
                var body = isHealth ? Health : Answer;
                await stream.WriteAsync(Encoding.Latin1.GetBytes(
                    $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n{body}"), _stop.Token);
            }
        }
        catch (Exception ended) when (ended is IOException or SocketException or OperationCanceledException)
        {
            // The other side has left, or the test ends.
        }
    }

    /// <summary>The head of a request, after whose body the next one begins; empty at the end of the connection.</summary>
    private async Task<string> ReadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0) return "";
            head.Append((char)one[0]);
        }

        var length = head.ToString().Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        await stream.ReadExactlyAsync(new byte[length is null ? 0 : int.Parse(length.AsSpan(15).Trim(), CultureInfo.InvariantCulture)], _stop.Token);
        return head.ToString();
    }
}
