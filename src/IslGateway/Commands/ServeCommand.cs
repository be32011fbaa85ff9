using System.CommandLine;
using System.Net.Sockets;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace IslGateway.Commands;

/// <summary>Serves until told to stop.</summary>
internal static partial class ServeCommand
{
    public const string Notes = """
        Examples:
          islgateway                                               in Development: before an embedded simulator
          islgateway serve                                         the same, by its name
          islgateway --Isl:BaseUrl=http://isl:8000 --ConnectionStrings:Redis=redis:6379
          islgateway check-config --Isl:BaseUrl=http://isl:8000    would it start?

        The commands that call a running gateway, but health, take its management listener from ISLGATEWAY_URL and their key from
        ISLGATEWAY_KEY.

        Exit codes: 0 told to stop, and done; 1 it cannot start, since an address is in use say; 2 the settings are wrong.
        """;

    private const string Kestrel = "Microsoft.AspNetCore.Server.Kestrel.Core";

    public static Command Create() => new("serve", "Serves, as without a command.");

    public static async Task<int> RunAsync(
        Func<string[], Task<WebApplication>> build, string[] settings, CancellationToken cancellationToken)
    {
        using var secondSignal = new SecondSignal();
        await using var app = await build(settings);
        try
        {
            await app.StartAsync(cancellationToken);
        }
        catch (IOException e) when (e.InnerException is AddressInUseException)
        {
            await Console.Error.WriteLineAsync(Banner.AddressTaken(app, e.Message));
            return ExitCodes.Failed;
        }
        catch (Exception e) when (IsOfListening(e))
        {
            await Console.Error.WriteLineAsync(Banner.CannotListen(app, e.Message));
            return ExitCodes.Failed;
        }

        Show(app, Banner.Of(app));
        await app.WaitForShutdownAsync(cancellationToken);
        return ExitCodes.Fine;
    }

    /// <summary>An address that this machine does not have, a port for which it needs rights, a certificate that cannot be used.</summary>
    private static bool IsOfListening(Exception e) =>
        e is SocketException or CryptographicException or UnauthorizedAccessException || e.Source == Kestrel;

    /// <summary>Shows the banner to a person; where the log is for programs, as one of its lines.</summary>
    private static void Show(WebApplication app, string banner)
    {
        var format = app.Services.GetRequiredService<IOptions<ConsoleLoggerOptions>>().Value.FormatterName;
        var logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ServeCommand).FullName!);
        if (format == ConsoleFormatterNames.Json) LogStarted(logger, banner);
        else Console.WriteLine(banner);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Banner}")]
    private static partial void LogStarted(ILogger logger, string banner);
}
