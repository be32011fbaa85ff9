using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// Stands where ISL would and answers bytes: 200 to health polls, and to the first other request what it is told, piece by piece, until
/// it is reset.
/// </summary>
internal sealed class ScriptedUpstream : IAsyncDisposable
{
    private const string Health =
        """{"status":"healthy","version":"1","build":"scripted","config_fingerprint":"000000000000"}""";

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly TaskCompletionSource<Socket> _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _answered = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _answer;
    private Task _accepting = Task.CompletedTask;

    private ScriptedUpstream(string answer) => _answer = answer;

    public Uri Address { get; private set; } = null!;

    /// <summary>Ends when the first request was sent the answer.</summary>
    public Task Answered => _answered.Task.WaitAsync(_stop.Token);

    /// <param name="answer">Latin-1, sent as soon as the head of a request that is no health poll is here.</param>
    public static Task<ScriptedUpstream> StartAsync(string answer)
    {
        var upstream = new ScriptedUpstream(answer);
        upstream._listener.Start();
        upstream.Address = new Uri($"http://{upstream._listener.LocalEndpoint}");
        upstream._accepting = upstream.AcceptAsync();
        return Task.FromResult(upstream);
    }

    /// <summary>Sends more of the answer.</summary>
    public async Task WriteAsync(string text)
    {
        await Answered;
        await (await _asked.Task).SendAsync(Encoding.Latin1.GetBytes(text), _stop.Token);
    }

    /// <summary>Cuts the connection of that request: the other side sees a reset.</summary>
    public void Reset()
    {
        var socket = _asked.Task.Result;
        socket.LingerState = new LingerOption(true, 0);
        socket.Close();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        if (_asked.Task.IsCompletedSuccessfully) _asked.Task.Result.Dispose();
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
        try
        {
            while (true)
            {
                var head = new StringBuilder();
                while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
                {
                    if (!await ReceiveAsync(socket, head))
                    {
                        socket.Dispose();
                        return;
                    }
                }

                if (!head.ToString().StartsWith("GET /health", StringComparison.Ordinal))
                {
                    await socket.SendAsync(Encoding.Latin1.GetBytes(_answer), _stop.Token);
                    _asked.TrySetResult(socket);
                    _answered.TrySetResult();
                    return;
                }

                await socket.SendAsync(Encoding.Latin1.GetBytes(
                    $"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {Health.Length}\r\n\r\n{Health}"), _stop.Token);
            }
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            socket.Dispose();
        }
    }

    private async Task<bool> ReceiveAsync(Socket socket, StringBuilder text)
    {
        var buffer = new byte[4096];
        var read = await socket.ReceiveAsync(buffer, _stop.Token);
        text.Append(Encoding.Latin1.GetString(buffer, 0, read));
        return read > 0;
    }
}
