using System.Net;
using System.Net.Sockets;
using IslGateway.Caching.Epochs;

namespace IslGateway.Forwarding;

/// <summary>Connects as .NET's client does by itself, but for the lookup of the name, whose time counts as well.</summary>
internal sealed class Dialer(HostLookups names) : IDialer
{
    public async ValueTask<Stream> DialAsync(SocketsHttpConnectionContext connection, CancellationToken cancellationToken)
    {
        var (host, port) = (connection.DnsEndPoint.Host, connection.DnsEndPoint.Port);
        var addresses = IPAddress.TryParse(host, out var address) ? [address] : await names.AddressesOfAsync(host, cancellationToken);

        // Of both families where the machine has both; the addresses are tried in turn.
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
