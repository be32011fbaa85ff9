using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace IslGateway.Commands;

/// <summary>Serves until told to stop.</summary>
internal static partial class ServeCommand
{
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
            return 1;
        }

        Show(app, Banner.Of(app));
        await app.WaitForShutdownAsync(cancellationToken);
        return 0;
    }

    /// <summary>Shows the banner to a person; where the log is for programs, as one of its lines.</summary>
    private static void Show(WebApplication app, string banner)
    {
        var format = app.Services.GetRequiredService<IOptions<ConsoleLoggerOptions>>().Value.FormatterName;
        if (format == ConsoleFormatterNames.Json)
            LogStarted(app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(ServeCommand).FullName!), banner);
        else Console.WriteLine(banner);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "{Banner}")]
    private static partial void LogStarted(ILogger logger, string banner);
}
