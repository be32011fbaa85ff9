using System.Net.Sockets;

namespace IslGateway.Edge;

/// <summary>
/// The files of listeners on Unix sockets (<c>http://unix:/path</c>). A process that was killed leaves its file behind, and binding to it
/// fails; so what nobody listens at any more is removed before the start. A file that is no socket, or that another process listens at, is
/// left alone.
/// </summary>
internal static class UnixSockets
{
    private const string Marker = "://unix:";

    /// <summary>Removes what former processes left behind at the addresses of all listeners.</summary>
    public static void RemoveAbandoned(IConfiguration configuration)
    {
        foreach (var listener in configuration.GetSection("Kestrel:Endpoints").GetChildren())
        {
            if (PathIn(listener["Url"]) is { } path && IsAbandoned(path)) File.Delete(path);
        }
    }

    /// <summary>The path in an address of the kind; null for any other.</summary>
    private static string? PathIn(string? url) =>
        url?.IndexOf(Marker, StringComparison.OrdinalIgnoreCase) is { } at and >= 0 ? url[(at + Marker.Length)..] : null;

    private static bool IsAbandoned(string path)
    {
        if (OperatingSystem.IsWindows() || !File.Exists(path) || !IsSocket(path)) return false;
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return false;
        }
        catch (SocketException e)
        {
            return e.SocketErrorCode == SocketError.ConnectionRefused;
        }
    }

    /// <summary>
    /// A socket cannot be opened as a file (ENXIO). A plain file can, and would refuse a connection as an abandoned socket does.
    /// </summary>
    private static bool IsSocket(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }
}
