using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// An address behind which several ISLs answer, as a balancer has it: each request is sent to whom a test says. It can answer
/// itself, in any bytes and at any pace. One request per connection.
/// </summary>
internal sealed class IslFront : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private Task _accepting = Task.CompletedTask;
    private int _requests;
    private int _polls;

    /// <summary>Whom the nth request is for.</summary>
    public required Func<int, Uri> Route { get; set; }

    /// <summary>What is done for a health poll instead of asking an ISL; the connection ends with it.</summary>
    public Func<Stream, CancellationToken, Task>? Health { get; set; }

    /// <summary>What is done for any other request instead of asking an ISL; the connection ends with it.</summary>
    public Func<Stream, CancellationToken, Task>? Answer { get; set; }

    /// <summary>Health polls so far.</summary>
    public int Polls => Volatile.Read(ref _polls);

    public Uri Address { get; private set; } = null!;

    public static IslFront Start(params Uri[] backends)
    {
        var front = new IslFront { Route = n => backends[n % backends.Length] };
        front._listener.Start();
        front.Address = new Uri($"http://{front._listener.LocalEndpoint}");
        front._accepting = front.AcceptAsync();
        return front;
    }

    /// <summary>Waits for a whole poll that began after this call.</summary>
    public Task IsPolledAsync()
    {
        var before = Polls;
        return Eventually.TrueAsync(() => Polls >= before + 2, TimeSpan.FromSeconds(10), "health is polled");
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
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                serving.RemoveAll(task => task.IsCompleted);
                serving.Add(ServeAsync(client));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        try
        {
            using (client)
            {
                var stream = client.GetStream();
                var (head, body) = await ReadRequestAsync(stream);
                if (head.Length == 0) return;
                var isPoll = head.StartsWith("GET /health ", StringComparison.Ordinal);
                if (isPoll) Interlocked.Increment(ref _polls);
                if ((isPoll ? Health : Answer) is { } script)
                {
                    await script(stream, _stop.Token);
                    return;
                }

                var backend = Route(Interlocked.Increment(ref _requests) - 1);
                using var isl = new TcpClient();
                await isl.ConnectAsync(backend.Host, backend.Port, _stop.Token);
                var upstream = isl.GetStream();
                await upstream.WriteAsync(Encoding.Latin1.GetBytes(head.Insert(head.IndexOf("\r\n", StringComparison.Ordinal), "\r\nConnection: close")), _stop.Token);
                await upstream.WriteAsync(body, _stop.Token);
                await upstream.CopyToAsync(stream, _stop.Token);
            }
        }
        catch (Exception ended) when (ended is IOException or SocketException or OperationCanceledException)
        {
            // One side has left.
        }
    }

    private async Task<(string Head, byte[] Body)> ReadRequestAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0) return ("", []);
            head.Append((char)one[0]);
        }

        var text = head.ToString();
        var length = text.Split("\r\n").FirstOrDefault(line => line.StartsWith("Content-Length:", StringComparison.OrdinalIgnoreCase));
        var body = new byte[length is null ? 0 : int.Parse(length.AsSpan("Content-Length:".Length).Trim(), CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return (text, body);
    }
}
