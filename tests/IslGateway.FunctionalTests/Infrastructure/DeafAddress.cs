using System.Net;
using System.Net.Sockets;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// An address that swallows connections: it listens, accepts none, and its backlog is full, so that the system answers no further one.
/// </summary>
internal sealed class DeafAddress : IAsyncDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _waiting = [];
    private readonly List<Task> _connecting = [];
    private readonly CancellationTokenSource _stop = new();

    private DeafAddress(IPEndPoint address)
    {
        _listener.Bind(address);
        _listener.Listen(0);
        for (var i = 0; i < 8; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _waiting.Add(socket);
            _connecting.Add(socket.ConnectAsync(address, _stop.Token).AsTask());
        }
    }

    public static async Task<DeafAddress> StartAsync(IPEndPoint address)
    {
        var deaf = new DeafAddress(address);
        await Task.WhenAny(deaf._connecting);
        return deaf;
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_connecting)
            .ContinueWith(static _ => { }, TestContext.Current.CancellationToken, TaskContinuationOptions.None, TaskScheduler.Default);
        foreach (var socket in _waiting) socket.Dispose();
        _listener.Dispose();
        _stop.Dispose();
    }
}
