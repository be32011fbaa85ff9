using System.Globalization;
using System.Net.Sockets;

namespace IslGateway.Benchmarks.Processes;

/// <summary>Asks a .NET process for its runtime's figures, by <see cref="StartupHook"/> inside it.</summary>
internal sealed class RuntimeProbe : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"islgw-{Guid.NewGuid():N}.probe");

    /// <summary>What the process has to be started with.</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>
    {
        ["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location,
        [StartupHook.Variable] = _path,
    };

    /// <summary>Bytes allocated by all threads since the start.</summary>
    public long Allocated() => Ask('a');

    /// <summary>Bytes of the managed heap after a full collection.</summary>
    public long Heap() => Ask('h');

    /// <summary>Removes the socket, which outlives its process.</summary>
    public void Dispose() => File.Delete(_path);

    private long Ask(char question)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Connect(new UnixDomainSocketEndPoint(_path));
        socket.Send([(byte)question]);
        var reply = new byte[64];
        return long.Parse(reply.AsSpan(0, socket.Receive(reply)), CultureInfo.InvariantCulture);
    }
}
