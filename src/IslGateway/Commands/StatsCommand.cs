using System.CommandLine;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Microsoft.Win32.SafeHandles;

namespace IslGateway.Commands;

/// <summary>Shows the latency report and the cache statistics of a running gateway, once or again and again.</summary>
internal static class StatsCommand
{
    public const string Notes = """
        Examples:
          islgateway stats
          islgateway stats --watch 5
          islgateway stats --json | jq '.endpoints[] | select(.errors > 0)'
          islgateway stats --check || echo 'below 40 %'

        Exit codes: 0 shown; 1 the gateway cannot be reached, or --check and the hit rate is below 40 %; 2 a wrong command line;
        130 a watch was ended with Ctrl-C.
        """;

    private const int UsualInterval = 2;
    private const int LongestInterval = 3_600;

    private const nint StandardOutput = 1;

    /// <summary>Cursor to the upper left corner; what is below it is erased.</summary>
    private const string Home = "\e[H\e[J";

    private static readonly Option<int?> Watch = new("--watch")
    {
        Description = $"Shows them anew every so many seconds ({UsualInterval} unless given) until Ctrl-C.",
        HelpName = "SECONDS",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private static readonly Option<bool> Check = new("--check") { Description = "Fails if the hit rate is below the guide's 40 %." };

    private static readonly Option<bool> Json = new("--json") { Description = "The gateway's answer as it is, in one line." };

    public static Command Create() =>
        new("stats", "Shows the latency report and the cache statistics of a running gateway since its start.")
        {
            Watch, Check, ManagementClient.Url, ManagementClient.Key, Json,
        };

    public static async Task<int> RunAsync(ParseResult given, string[] settings, CancellationToken cancellationToken)
    {
        var interval = given.GetResult(Watch) is null ? (int?)null : given.GetValue(Watch) ?? UsualInterval;
        if (interval is < 1 or > LongestInterval)
            throw new CommandFailure(ExitCodes.Misused, $"--watch takes whole seconds from 1 to {LongestInterval}.");
        using var gateway = ManagementClient.Of(given, settings);
        var stats = await AskAsync(gateway, cancellationToken);
        if (interval is not { } seconds)
        {
            await Console.Out.WriteLineAsync(Shown(stats, gateway, given));
            return given.GetValue(Check) && StatsReport.HitRateOf(stats) is < StatsReport.TargetHitRate
                ? ExitCodes.Failed
                : ExitCodes.Fine;
        }

        return await WatchAsync(gateway, given, stats, TimeSpan.FromSeconds(seconds), cancellationToken);
    }

    private static async Task<int> WatchAsync(
        ManagementClient gateway, ParseResult given, JsonElement first, TimeSpan interval, CancellationToken cancellationToken)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var exitCode = ExitCodes.Fine;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, signal => End(signal, ExitCodes.Interrupted));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal => End(signal, ExitCodes.Fine));

        // Unlike the console's own stream this one says that nobody reads any more.
        await using var output = new FileStream(new SafeFileHandle(StandardOutput, ownsHandle: false), FileAccess.Write, bufferSize: 0);
        using var timer = new PeriodicTimer(interval, TimeProvider.System);
        var text = Shown(first, gateway, given);
        try
        {
            do
            {
                await output.WriteAsync(Encoding.UTF8.GetBytes((IsScreen(given) ? Home : "") + text + "\n"), ends.Token);
                await output.FlushAsync(ends.Token);
                await timer.WaitForNextTickAsync(ends.Token);
                text = await NextAsync(gateway, given, ends.Token);
            }
            while (true);
        }
        catch (OperationCanceledException) when (ends.IsCancellationRequested)
        {
            return exitCode;
        }
        catch (IOException)
        {
            return ExitCodes.Fine;
        }

        void End(PosixSignalContext signal, int code)
        {
            (signal.Cancel, exitCode) = (true, code);
            ends.Cancel();
        }
    }

    /// <summary>A watch outlives the gateway: while that is away it says so.</summary>
    private static async Task<string> NextAsync(ManagementClient gateway, ParseResult given, CancellationToken cancellationToken)
    {
        try
        {
            return Shown(await AskAsync(gateway, cancellationToken), gateway, given);
        }
        catch (CommandFailure failure)
        {
            return given.GetValue(Json) ? JsonSerializer.Serialize(new { error = failure.Message }) : failure.Message;
        }
    }

    private static bool IsScreen(ParseResult given) => !Console.IsOutputRedirected && !given.GetValue(Json);

    private static Task<JsonElement> AskAsync(ManagementClient gateway, CancellationToken cancellationToken) =>
        gateway.AskAsync(HttpMethod.Get, "api/stats", null, "endpoints", cancellationToken);

    private static string Shown(JsonElement stats, ManagementClient gateway, ParseResult given) =>
        given.GetValue(Json) ? stats.GetRawText() : StatsReport.Of(stats, gateway.Address);
}
