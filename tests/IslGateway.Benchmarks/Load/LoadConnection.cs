using System.Net;
using System.Net.Sockets;

namespace IslGateway.Benchmarks.Load;

/// <summary>One kept connection: a request goes out in one piece, its answer is gathered until it is whole.</summary>
internal sealed class LoadConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private byte[] _buffer = new byte[16 << 10];
    private int _filled;

    public LoadConnection(int port) => _socket.Connect(IPAddress.Loopback, port);

    public int Descriptor => (int)_socket.Handle;

    /// <summary>When the request under way was to be sent, as <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/> tells it.</summary>
    public long SentAt { get; private set; }

    /// <summary>The number of the request that was sent last.</summary>
    public long Number { get; private set; }

    public bool IsWaiting { get; private set; }

    public void Send(RequestSource source, long now)
    {
        var request = source.Next();
        Number = source.Number;
        SentAt = now;
        IsWaiting = true;
        for (var rest = request; rest.Length > 0;) rest = rest[_socket.Send(rest)..];
    }

    /// <summary>Takes what there is to receive, without waiting.</summary>
    /// <returns>Whether the answer is whole; it stays readable until <see cref="Send"/>.</returns>
    public bool Receive(out LoadAnswer answer)
    {
        if (!IsWaiting) throw new InvalidDataException("An answer, or the end of the connection, that nobody asked for.");
        if (_filled == _buffer.Length) Array.Resize(ref _buffer, 2 * _buffer.Length);
        var received = _socket.Receive(_buffer.AsSpan(_filled));
        if (received == 0) throw new InvalidDataException("The server closed the connection.");
        _filled += received;
        if (!LoadAnswer.TryRead(_buffer.AsSpan(0, _filled), out answer)) return false;
        if (answer.Length != _filled) throw new InvalidDataException("More bytes than one answer.");
        _filled = 0;
        IsWaiting = false;
        return true;
    }

    public void Dispose() => _socket.Dispose();
}
