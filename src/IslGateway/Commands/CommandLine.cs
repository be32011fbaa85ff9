using System.CommandLine;
using IslGateway.Settings.Reading;

namespace IslGateway.Commands;

/// <summary>The command line: <c>islgateway [VERB] [--Section:Key=value …]</c>. Without a verb the gateway serves.</summary>
internal static class CommandLine
{
    /// <summary>Exit code for a wrong command line or wrong settings, as shells use it.</summary>
    private const int Misused = 2;

    /// <param name="args">The command line.</param>
    /// <param name="build">Builds the gateway from settings.</param>
    public static Task<int> RunAsync(string[] args, Func<string[], Task<WebApplication>> build)
    {
        var root = new RootCommand(
            "A caching gateway before ISL. Without a command it serves; any setting can be given as --Section:Key=value.");
        Add(root, null, (settings, cancellationToken) => ServeCommand.RunAsync(build, settings, cancellationToken));
        Add(
            root,
            new Command(
                "demo",
                "Plays the performance guide's workflow through a gateway of its own, "
                + "cold, warm and concurrently, and prints the figures."),
            (settings, cancellationToken) => DemoCommand.RunAsync(build, settings, cancellationToken));
        Add(
            root,
            new Command(
                "simulate",
                "Runs the ISL simulator alone. Simulate:Url, Simulate:ApiKeys, Simulate:Latency and the like set it up."),
            SimulateCommand.RunAsync);
        Add(root, PurgeCommand.Create(), PurgeCommand.RunAsync);
        Add(root, HealthCommand.Create(), HealthCommand.RunAsync);
        Add(root, WarmCommand.Create(), WarmCommand.RunAsync);

        // The host handles the signals and ends requests within its own time limit.
        return root.Parse(args).InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });
    }

    private static void Add(RootCommand root, Command? verb, Func<string[], CancellationToken, Task<int>> run) =>
        Add(root, verb, (_, settings, cancellationToken) => run(settings, cancellationToken));

    private static void Add(RootCommand root, Command? verb, Func<ParseResult, string[], CancellationToken, Task<int>> run)
    {
        var command = verb ?? root;
        if (verb is not null) root.Subcommands.Add(verb);
        command.TreatUnmatchedTokensAsErrors = false;
        command.SetAction((parsed, cancellationToken) => RunAsync(parsed, [.. parsed.UnmatchedTokens], run, cancellationToken));
    }

    private static async Task<int> RunAsync(
        ParseResult parsed, string[] settings, Func<ParseResult, string[], CancellationToken, Task<int>> run,
        CancellationToken cancellationToken)
    {
        if (StrayWord(settings) is { } stray)
        {
            await Console.Error.WriteLineAsync($"'{stray}' is neither a command nor a setting (--Section:Key=value). See --help.");
            return Misused;
        }

        try
        {
            return await run(parsed, settings, cancellationToken);
        }
        catch (SettingsException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return Misused;
        }
    }

    /// <summary>The first word that is neither <c>--key=value</c>, <c>--key</c>, nor the value of the key before it.</summary>
    private static string? StrayWord(string[] words)
    {
        for (var i = 0; i < words.Length; i++)
        {
            if (words[i].StartsWith("--", StringComparison.Ordinal)) continue;
            if (i == 0
                || !words[i - 1].StartsWith("--", StringComparison.Ordinal)
                || words[i - 1].Contains('=', StringComparison.Ordinal))
            {
                return words[i];
            }
        }

        return null;
    }
}
