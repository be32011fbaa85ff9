using System.Globalization;
using System.Net.Sockets;
using IslGateway.Benchmarks.Serving;

namespace IslGateway.Benchmarks.Servers;

/// <summary>The few requests that are no load.</summary>
internal static class Http
{
    private static readonly HttpClient Client = new() { Timeout = TimeSpan.FromSeconds(10) };

    /// <summary>The body of an answer, or null where there is none.</summary>
    public static async Task<string?> TryGetAsync(int port, string path, CancellationToken cancellationToken)
    {
        try
        {
            return await Client.GetStringAsync(new Uri($"http://127.0.0.1:{port}{path}"), cancellationToken);
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>Whether somebody listens.</summary>
    public static async Task<bool> AnswersAsync(int port, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync("127.0.0.1", port, cancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>How many calls the upstream has counted.</summary>
    public static async Task<long> CallsAsync(int upstreamPort, CancellationToken cancellationToken) => long.Parse(
        await TryGetAsync(upstreamPort, Paths.Calls, cancellationToken) ?? throw new InvalidOperationException("The upstream is gone."),
        CultureInfo.InvariantCulture);
}
