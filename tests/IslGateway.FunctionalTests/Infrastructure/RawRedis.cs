using System.Net;
using System.Net.Sockets;
using System.Text;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>One command over a connection of its own, for servers that may be down or frozen.</summary>
internal static class RawRedis
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(60);

    /// <summary>A server that is silent for so long is taken not to answer; whoever waits for one asks again.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(1);

    /// <returns>The first line of the reply, type sign included: <c>+PONG</c>, <c>-NOAUTH …</c>, <c>$5</c>.</returns>
    public static Task<string?> SendAsync(int port, params string[] arguments) => SendAsync(port, Timeout, arguments);

    private static async Task<string?> SendAsync(int port, TimeSpan timeout, string[] arguments)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        stop.CancelAfter(timeout);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, port, stop.Token);

        var command = $"*{arguments.Length}\r\n"
            + string.Concat(arguments.Select(argument => $"${Encoding.UTF8.GetByteCount(argument)}\r\n{argument}\r\n"));
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.UTF8.GetBytes(command), stop.Token);
        using var reader = new StreamReader(stream);
        return await reader.ReadLineAsync(stop.Token);
    }

    /// <summary>Whether a server answers there, be it only that it wants a password.</summary>
    public static async Task<bool> AnswersAsync(int port) => await TrySendAsync(port, "PING") is { } reply
        && (reply.StartsWith("+PONG", StringComparison.Ordinal) || reply.StartsWith("-NOAUTH", StringComparison.Ordinal));

    /// <summary>Sends a command again and again until the server gives the reply: meanwhile it may be away, or end connections.</summary>
    public static Task RepliesAsync(int port, string reply, params string[] arguments) => Eventually.TrueAsync(
        async () => await TrySendAsync(port, arguments) == reply, TimeSpan.FromSeconds(60),
        $"{arguments[0]} at port {port} is answered by {reply}");

    private static async Task<string?> TrySendAsync(int port, params string[] arguments)
    {
        try
        {
            return await SendAsync(port, Silence, arguments);
        }
        catch (Exception trouble) when (trouble is SocketException or IOException
            || (trouble is OperationCanceledException && !TestContext.Current.CancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }
}
