using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Stands where ISL would and answers whatever is asked, health apart, as soon as it has read the head: what comes after, it never reads.</summary>
internal sealed class EarlyIsl : IAsyncDisposable
{
    private const string Health = """{"status":"healthy","version":"1","build":"early","config_fingerprint":"000000000000"}""";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly List<string> _heads = [];
    private Task _accepting = Task.CompletedTask;

    /// <summary>The whole answer (Latin-1), framing included.</summary>
    public required string Answer { get; init; }

    public AfterEarlyAnswer Then { get; init; }

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>The heads of the requests so far.</summary>
    public IReadOnlyList<string> Heads
    {
        get
        {
            lock (_heads) return [.. _heads];
        }
    }

    public EarlyIsl Start()
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
        catch (OperationCanceledException)
        {
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        using var owned = socket;
        try
        {
            while (await ReadHeadAsync(socket) is { Length: > 0 } head)
            {
                if (head.StartsWith("GET /health ", StringComparison.Ordinal))
                {
                    await SendAsync(socket, $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Health.Length}\r\n\r\n{Health}");
                    continue;
                }

                lock (_heads) _heads.Add(head);
                await SendAsync(socket, Answer);
                if (Then == AfterEarlyAnswer.Reset) return;
                if (Then == AfterEarlyAnswer.FinishAndHold) socket.Shutdown(SocketShutdown.Send);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, _stop.Token);
            }
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException)
        {
            // The other side has left, or the test ends.
        }
    }

    /// <summary>A head and not a byte more; empty at the end of the connection.</summary>
    private async Task<string> ReadHeadAsync(Socket socket)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal))
        {
            if (await socket.ReceiveAsync(one, _stop.Token) == 0) return "";
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private async Task SendAsync(Socket socket, string text) => await socket.SendAsync(Encoding.Latin1.GetBytes(text), _stop.Token);
}
