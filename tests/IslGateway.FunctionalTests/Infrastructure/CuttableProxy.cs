using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Threading.Channels;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// One link to a server on loopback, to be cut (connections are reset, new ones refused by a reset), held (nothing passes, both ends stay
/// connected; what was held passes afterwards), slowed (every answer comes so much later), paced (its bytes come in a trickle) and
/// restored; or led to another server, while older connections stay where they are, as a balancer of connections does it.
/// </summary>
internal sealed class CuttableProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, FreePort.Next());
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentDictionary<Socket, Socket> _links = new();
    private readonly Task _accepting;
    private volatile TaskCompletionSource _passing = Done();
    private volatile bool _cut;
    private volatile int _target;
    private long _delayTicks;
    private long _paceTicks;

    public CuttableProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public Uri Address => new($"http://{_listener.LocalEndpoint}");

    /// <summary>The port to which new connections lead.</summary>
    public int Target
    {
        set => _target = value;
    }

    public void Cut()
    {
        _cut = true;
        foreach (var (client, server) in _links)
        {
            Reset(client);
            Reset(server);
        }
    }

    public void Hold() => _passing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Delays whatever the server says by so much.</summary>
    public void Slow(TimeSpan delay) => Volatile.Write(ref _delayTicks, delay.Ticks);

    /// <summary>Lets no more than one part of what the server says pass in such a time, be there one caller or many.</summary>
    public void Pace(TimeSpan each) => Volatile.Write(ref _paceTicks, each.Ticks);

    public void Restore()
    {
        Pace(TimeSpan.Zero);
        Slow(TimeSpan.Zero);
        _cut = false;
        _passing.TrySetResult();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        Cut();
        Restore();
        await _accepting;
        _listener.Dispose();
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        var links = new List<Task>();
        try
        {
            while (true) links.Add(LinkAsync(await _listener.AcceptSocketAsync(_stop.Token)));
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(links);
        }
    }

    private async Task LinkAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        client.NoDelay = true;
        try
        {
            _links[client] = server;
            if (!_cut)
            {
                await _passing.Task;
                await server.ConnectAsync(IPAddress.Loopback, _target, _stop.Token);
                if (!_cut) await Task.WhenAny(
                    PumpAsync(client, server, () => TimeSpan.Zero, () => TimeSpan.Zero),
                    PumpAsync(
                        server, client, () => new TimeSpan(Volatile.Read(ref _delayTicks)),
                        () => new TimeSpan(Volatile.Read(ref _paceTicks))));
            }
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // The server is away, or the link was cut.
        }
        finally
        {
            _links.TryRemove(client, out _);
            Reset(client);
            Reset(server);
        }
    }

    /// <summary>Each part is sent on when its time has come, in order; a delay holds none back longer than itself.</summary>
    private async Task PumpAsync(Socket from, Socket to, Func<TimeSpan> delay, Func<TimeSpan> pace)
    {
        var parts = Channel.CreateUnbounded<(byte[] Part, Task Due)>();
        var sending = SendAsync(parts.Reader, to, pace);
        var buffer = new byte[16_384];
        try
        {
            while (!sending.IsCompleted && await from.ReceiveAsync(buffer, _stop.Token) is var read and > 0)
            {
                var due = delay() is { Ticks: > 0 } wait ? Task.Delay(wait, TimeProvider.System, _stop.Token) : Task.CompletedTask;
                parts.Writer.TryWrite((buffer[..read], due));
            }
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // One end closes the other.
        }

        parts.Writer.Complete();
        await sending;
    }

    private async Task SendAsync(ChannelReader<(byte[] Part, Task Due)> parts, Socket to, Func<TimeSpan> pace)
    {
        try
        {
            await foreach (var (part, due) in parts.ReadAllAsync(_stop.Token))
            {
                await due;
                await _passing.Task;
                await to.SendAsync(part, _stop.Token);
                if (pace() is { Ticks: > 0 } wait) await Task.Delay(wait, TimeProvider.System, _stop.Token);
            }
        }
        catch (Exception ended) when (ended is SocketException or OperationCanceledException or ObjectDisposedException)
        {
            // As above.
        }
    }

    private static void Reset(Socket socket)
    {
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception closed) when (closed is SocketException or ObjectDisposedException)
        {
            // It is closed already.
        }

        socket.Dispose();
    }

    private static TaskCompletionSource Done()
    {
        var done = new TaskCompletionSource();
        done.SetResult();
        return done;
    }
}
