using System.Net;
using System.Net.Sockets;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// Finds out whether a Docker engine answers before any type of Testcontainers is touched: its static configuration looks for the engine
/// itself, synchronously and without a bound.
/// </summary>
internal static class DockerEngine
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    /// <summary>The engine's address: DOCKER_HOST, or else the first of the sockets that Docker installs.</summary>
    /// <exception cref="RungUnavailableException">There is none, or it did not answer <c>GET /_ping</c> with 200 within 3 s.</exception>
    public static async Task<Uri> RequireAsync()
    {
        var address = FindAddress();
        try
        {
            using var handler = new SocketsHttpHandler { ConnectCallback = (_, token) => ConnectAsync(address, token) };
            using var client = new HttpClient(handler) { Timeout = Timeout };
            using var answer = await client.GetAsync(new Uri("http://docker/_ping"), TestContext.Current.CancellationToken);
            return answer.StatusCode == HttpStatusCode.OK
                ? address
                : throw new RungUnavailableException($"{address} answered {(int)answer.StatusCode}");
        }
        catch (Exception trouble) when (trouble is HttpRequestException or OperationCanceledException
            && !TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            throw new RungUnavailableException($"no Docker engine answers at {address}", trouble);
        }
    }

    private static Uri FindAddress()
    {
        if (Environment.GetEnvironmentVariable("DOCKER_HOST") is { Length: > 0 } configured)
        {
            return Uri.TryCreate(configured, UriKind.Absolute, out var address) && address.Scheme is "unix" or "tcp" or "http"
                ? address
                : throw new RungUnavailableException($"DOCKER_HOST={configured} is not unix://, tcp:// or http://");
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string[] sockets =
        [
            "/var/run/docker.sock",
            Path.Combine(Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") ?? home, "docker.sock"),
            Path.Combine(home, ".docker/run/docker.sock"),
            Path.Combine(home, ".docker/desktop/docker.sock"),
        ];
        return sockets.FirstOrDefault(File.Exists) is { } socket
            ? new Uri("unix://" + socket)
            : throw new RungUnavailableException("no Docker engine (no DOCKER_HOST, no docker.sock)");
    }

    private static async ValueTask<Stream> ConnectAsync(Uri address, CancellationToken cancellationToken)
    {
        EndPoint target = address.Scheme == "unix"
            ? new UnixDomainSocketEndPoint(address.AbsolutePath)
            : new DnsEndPoint(address.Host, address.Port > 0 ? address.Port : 2375);
        var socket = address.Scheme == "unix"
            ? new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified)
            : new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await socket.ConnectAsync(target, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
