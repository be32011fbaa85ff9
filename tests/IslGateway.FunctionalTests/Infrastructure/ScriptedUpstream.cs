using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// Stands where ISL would and speaks HTTP/1.1 as far as a test wants it to: for each request a <see cref="Script"/> says in which bytes and
/// at which pace it is answered, and what becomes of its connection.
/// </summary>
internal sealed class ScriptedUpstream : IAsyncDisposable
{
    private readonly IPEndPoint _endpoint = new(IPAddress.Loopback, FreePort.Next());
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private readonly TaskCompletionSource<ScriptedCall> _held = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<ScriptedCall> _calls = [];
    private TcpListener _listener = null!;
    private Task _accepting = Task.CompletedTask;
    private int _polls;

    /// <param name="answer">What is done with a request.</param>
    /// <param name="health">What is done with a health poll; else it is told that all is well.</param>
    public ScriptedUpstream(Script answer, Script? health = null)
    {
        (Answer, Health) = (answer, health ?? Scripts.Healthy);
        Listen();
    }

    public Script Answer { get; set; }

    public Script Health { get; set; }

    /// <summary>Whether a request is answered as soon as its head is here: what comes after, nobody reads.</summary>
    public bool IsEarly { get; init; }

    public Uri Address => new($"http://{_endpoint}");

    /// <summary>Health polls so far.</summary>
    public int Polls => Volatile.Read(ref _polls);

    /// <summary>Every request but health polls, oldest first.</summary>
    public IReadOnlyList<ScriptedCall> Calls
    {
        get
        {
            lock (_calls) return [.. _calls];
        }
    }

    public int Answered => Calls.Count(call => call.IsAnswered);

    /// <summary>Requests that met the end of their connection.</summary>
    public int CutOff => Calls.Count(call => call.IsCutOff);

    /// <summary>Connections on which anything but health was asked.</summary>
    public int Connections => Calls.Select(call => call.Connection).Distinct().Count();

    /// <summary>The first request whose script has ended and left the connection open: more can be said to it, or a reset.</summary>
    public Task<ScriptedCall> Held => _held.Task.WaitAsync(_stop.Token);

    /// <summary>One that passes everything on.</summary>
    /// <param name="backends">Whose turn it is changes with each request.</param>
    public static ScriptedUpstream Before(params Uri[] backends)
    {
        var forward = Scripts.Forward(backends);
        return new ScriptedUpstream(forward, forward);
    }

    /// <summary>Takes connections, again after <see cref="Vanish"/>.</summary>
    public void Listen()
    {
        _listener = new TcpListener(_endpoint);
        _listener.Start();
        _accepting = Task.WhenAll(_accepting, AcceptAsync(_listener));
    }

    /// <summary>Takes no further connections, as if nobody were there.</summary>
    public void Vanish() => _listener.Stop();

    /// <summary>Waits for a whole poll that began after this call.</summary>
    public Task IsPolledAsync()
    {
        var before = Polls;
        return Eventually.TrueAsync(() => Polls >= before + 2, TimeSpan.FromSeconds(60), "health is polled");
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        var serving = new List<Task>();
        try
        {
            while (true)
            {
                serving.Add(ServeAsync(await listener.AcceptSocketAsync(_stop.Token)));
                serving.RemoveAll(static connection => connection.IsCompletedSuccessfully);
            }
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException or InvalidOperationException)
        {
            // The test ends, or has stopped the listener: between two connections that is an InvalidOperationException.
            await Task.WhenAll(serving);
        }
    }

    private async Task ServeAsync(Socket accepted)
    {
        using var connection = accepted;
        await using var stream = new NetworkStream(connection);
        try
        {
            var number = 0;
            while (await ReadHeadAsync(stream) is { } head)
            {
                var isPoll = head.StartsWith("GET /health ", StringComparison.Ordinal);
                var call = new ScriptedCall(connection, head, await ReadBodyAsync(stream, head), isPoll ? number : ++number, _stop.Token);
                Note(call, isPoll);
                var then = await (isPoll ? Health : Answer)(call);
                if (!isPoll && then is AfterAnswer.Hold or AfterAnswer.Finish) _held.TrySetResult(call);
                if (!await call.EndAsync(then)) return;
            }
        }
        catch (Exception ended) when (ended is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The other side has left, the test has reset the connection, or it ends.
        }
    }

    private void Note(ScriptedCall call, bool isPoll)
    {
        if (isPoll) Interlocked.Increment(ref _polls);
        else lock (_calls) _calls.Add(call);
    }

    /// <summary>A head and not a byte more; null at the end of the connection.</summary>
    private async Task<string?> ReadHeadAsync(NetworkStream stream)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (head.Length < 4 || head.ToString(head.Length - 4, 4) != "\r\n\r\n")
        {
            if (await stream.ReadAsync(one, _stop.Token) == 0) return null;
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    private async Task<byte[]> ReadBodyAsync(NetworkStream stream, string head)
    {
        const string Name = "Content-Length:";
        var length = head.Split("\r\n").FirstOrDefault(line => line.StartsWith(Name, StringComparison.OrdinalIgnoreCase));
        if (IsEarly || length is null) return [];
        var body = new byte[int.Parse(length.AsSpan(Name.Length), NumberStyles.Integer, CultureInfo.InvariantCulture)];
        await stream.ReadExactlyAsync(body, _stop.Token);
        return body;
    }
}
