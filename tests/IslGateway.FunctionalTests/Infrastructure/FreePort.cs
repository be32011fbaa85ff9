using System.Net;
using System.Net.Sockets;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// Loopback ports that nothing listens on, each handed out once per run. They lie below the ephemeral range of every common system
/// (Linux 32768, others 49152): while a killed server is down, no outgoing connection can be given its port, nor can a client that keeps
/// dialling it end up connected to itself. They come from blocks that this process claims for itself by listening on the first port of
/// each, so that the runs of several projects side by side never hand out the same port.
/// </summary>
internal static class FreePort
{
    private const int First = 20_000;
    private const int BlockSize = 500;
    private const int Blocks = 24;

    private static readonly Lock Gate = new();
    private static readonly Dictionary<int, TcpListener> Claimed = [];
    private static readonly Queue<int> Left = new();

    public static int Next()
    {
        lock (Gate)
        {
            for (var attempt = 0; attempt < 2 * Blocks * BlockSize; attempt++)
            {
                if (Left.Count == 0) Refill();
                if (Left.TryDequeue(out var port) && IsFree(port)) return port;
            }
        }

        throw new InvalidOperationException($"No free port between {First} and {First + (Blocks * BlockSize) - 1}.");
    }

    /// <summary>Claims another block; where all are claimed, those of this process begin anew.</summary>
    private static void Refill()
    {
        var claimed = Enumerable.Range(0, Blocks).Select(block => First + (block * BlockSize)).FirstOrDefault(TryClaim);
        foreach (var block in claimed == 0 ? Claimed.Keys.ToArray() : [claimed])
        {
            for (var port = block + 1; port < block + BlockSize; port++) Left.Enqueue(port);
        }
    }

    private static bool TryClaim(int block)
    {
        if (Claimed.ContainsKey(block)) return false;
        var claim = new TcpListener(IPAddress.Loopback, block);
        try
        {
            claim.Start();
        }
        catch (SocketException)
        {
            claim.Dispose();
            return false;
        }

        Claimed.Add(block, claim);
        return true;
    }

    /// <summary>
    /// Bound to it, and no more: a process that is being started has a copy of each open socket until it runs its own program, and one
    /// that listens would still hold the port after it was closed here.
    /// </summary>
    private static bool IsFree(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Bind(new IPEndPoint(IPAddress.Loopback, port));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
