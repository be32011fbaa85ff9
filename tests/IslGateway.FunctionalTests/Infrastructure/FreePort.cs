using System.Net;
using System.Net.Sockets;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// Loopback ports that nothing listens on, each handed out once per run. They lie below the ephemeral range of every common system
/// (Linux 32768, others 49152): while a killed server is down, no outgoing connection can be given its port, nor can a client that keeps
/// dialling it end up connected to itself.
/// </summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int Count = 12_000;

    // Runs that start together on one machine begin at different places.
    private static int _last = Environment.ProcessId * 37 % Count;

    public static int Next()
    {
        for (var attempt = 0; attempt < Count; attempt++)
        {
            var port = First + ((int)((uint)Interlocked.Increment(ref _last) % Count));
            if (IsFree(port))
                return port;
        }

        throw new InvalidOperationException($"No free port between {First} and {First + Count - 1}.");
    }

    private static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
