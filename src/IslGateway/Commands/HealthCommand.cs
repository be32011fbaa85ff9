using System.CommandLine;
using System.Net.Security;
using System.Net.Sockets;
using IslGateway.Edge;
using IslGateway.Operations.Health;
using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.Commands;

/// <summary>
/// Asks a gateway how it is, and tells by the exit code: the health check of a container that has neither a shell nor curl. The address
/// comes from the same configuration that <c>serve</c> reads.
/// </summary>
internal static class HealthCommand
{
    public const string Notes = """
        Examples:
          islgateway health
          islgateway health --live --timeout 1s
          islgateway health --simulator

        Exit codes: 0 it is to be sent requests; 1 it is not, or does not answer; 2 a wrong command line.
        """;

    private const string SimulatorPath = "/health";

    private static readonly Option<bool> Live = new("--live")
    {
        Description = "Ask whether the process answers, which it does while it drains, too, and not whether it is to be sent requests.",
    };

    private static readonly Option<bool> Simulator = new("--simulator")
    {
        Description = "Ask the simulator at Simulate:Url instead of a gateway.",
    };

    private static readonly Option<string> Url = new("--url")
    {
        Description = "The gateway's management listener. Unless given: where the configuration has it, on this machine.",
        HelpName = "URL",
    };

    private static readonly Option<string> Timeout = new("--timeout")
    {
        Description = "How long the answer may take.",
        HelpName = "DURATION",
        DefaultValueFactory = static _ => "5s",
    };

    public static Command Create() =>
        new("health", "Asks a running gateway whether it is to be sent requests: exit code 0 if so, 1 if not or without an answer.")
        {
            Live, Simulator, Url, Timeout,
        };

    public static async Task<int> RunAsync(ParseResult given, string[] settings, CancellationToken cancellationToken)
    {
        SettingsExtensions.PollFiles();
        var configuration = WebApplication
            .CreateBuilder(new WebApplicationOptions { Args = settings, ContentRootPath = AppContext.BaseDirectory })
            .Configuration;
        configuration.AddDefaultListeners().AddSecrets();
        var address = given.GetValue(Url) ?? Configured(configuration, given.GetValue(Simulator));
        if (TargetOf(address) is not { } target)
            return await FailAsync(ExitCodes.Misused, $"'{address}' is no address that can be asked, such as http://localhost:8081.");
        if (!DurationText.TryParse(given.GetValue(Timeout)!, out var patience, out var rule) || patience <= TimeSpan.Zero)
            return await FailAsync(ExitCodes.Misused, $"--timeout {rule ?? "must be more than nothing, such as 5s"}.");

        var path = given.GetValue(Simulator) ? SimulatorPath : given.GetValue(Live) ? HealthEndpoints.Live : HealthEndpoints.Ready;
        using var client = new HttpClient(HandlerFor(target)) { Timeout = patience };
        try
        {
            using var answer = await client.GetAsync(new Uri(target.Uri, path), cancellationToken);
            Console.WriteLine(await answer.Content.ReadAsStringAsync(cancellationToken));
            return answer.IsSuccessStatusCode ? ExitCodes.Fine : ExitCodes.Failed;
        }
        catch (Exception e) when (e is HttpRequestException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return await FailAsync(ExitCodes.Failed, $"No answer from {address}: {e.GetBaseException().Message}");
        }
    }

    private static string Configured(ConfigurationManager configuration, bool simulator) => Banner.Reachable(
        simulator ? SimulateCommand.UrlOf(configuration) : configuration[Listeners.UrlKey(Listeners.Management)]!);

    /// <summary>Where to connect to; a listener on a Unix socket (<c>http://unix:/path</c>) has a path of the file system.</summary>
    private static (Uri Uri, string? Socket)? TargetOf(string address)
    {
        if (UnixSockets.PathIn(address) is { Length: > 0 } socket) return (new Uri("http://localhost"), socket);
        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https" && uri.Port > 0
            ? (uri, null)
            : null;
    }

    /// <summary>
    /// This machine's own listener has a certificate for the name by which others know it, not for localhost; nothing secret is sent.
    /// </summary>
    private static SocketsHttpHandler HandlerFor((Uri Uri, string? Socket) target)
    {
        var handler = new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false };
        if (target.Uri.IsLoopback)
            handler.SslOptions.RemoteCertificateValidationCallback = static (_, _, _, errors) =>
                (errors & SslPolicyErrors.RemoteCertificateNotAvailable) == 0;
        if (target.Socket is { } path) handler.ConnectCallback = (_, cancellationToken) => ConnectAsync(path, cancellationToken);
        return handler;
    }

    private static async ValueTask<Stream> ConnectAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<int> FailAsync(int exitCode, string message)
    {
        await Console.Error.WriteLineAsync(message);
        return exitCode;
    }
}
