using System.Net.Sockets;

namespace IslGateway.Edge;

/// <summary>
/// The files of listeners on Unix sockets (<c>http://unix:/path</c>). A process that was killed leaves its file behind, and binding to it
/// fails; so abandoned files are removed before the start. A file that is not a socket, or that another process listens at, is left alone.
/// </summary>
internal static class UnixSockets
{
    private const string Marker = "://unix:";

    /// <summary>Removes the abandoned files at the addresses of all listeners.</summary>
    public static void RemoveAbandoned(IConfiguration configuration)
    {
        foreach (var listener in configuration.GetSection("Kestrel:Endpoints").GetChildren())
        {
            if (PathIn(listener["Url"]) is { } path && IsAbandoned(path)) File.Delete(path);
        }
    }

    /// <summary>The path in an address of this form; null for other addresses.</summary>
    public static string? PathIn(string? url) =>
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
    /// A socket cannot be opened as a file (ENXIO). A plain file can, but would refuse a connection just like an abandoned socket.
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
