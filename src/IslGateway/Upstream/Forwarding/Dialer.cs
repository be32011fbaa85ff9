using System.Net;
using System.Net.Sockets;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Opens TCP connections to ISL. The time limit for connecting includes the lookup of the name, and of several addresses one that swallows
/// connections does not delay the others.
/// </summary>
internal sealed class Dialer(HostLookups names, TimeProvider time) : IDialer
{
    private readonly AddressRace _race = new(ConnectAsync, time);

    public async ValueTask<Stream> DialAsync(SocketsHttpConnectionContext connection, CancellationToken cancellationToken)
    {
        var (host, port) = (connection.DnsEndPoint.Host, connection.DnsEndPoint.Port);
        return IPAddress.TryParse(host, out var address)
            ? await ConnectAsync(new IPEndPoint(address, port), cancellationToken)
            : await _race.ConnectAsync(await names.AddressesOfAsync(host, cancellationToken), port, cancellationToken);
    }

    private static async Task<Stream> ConnectAsync(IPEndPoint endpoint, CancellationToken cancellationToken)
    {
        var socket = new Socket(endpoint.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint, cancellationToken);
            return new SocketStream(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Closes its socket, which ends the connection; the base class would shut it down first, which is a step more.</summary>
    private sealed class SocketStream(Socket socket) : NetworkStream(socket, ownsSocket: true)
    {
        protected override void Dispose(bool disposing)
        {
            if (disposing) Socket.Dispose();
            base.Dispose(disposing);
        }
    }
}
