using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using IslGateway.Settings.Reading;

namespace IslGateway.Commands;

/// <summary>The command line: <c>islgateway [VERB] [--Section:Key=value …]</c>. Without a verb the gateway serves.</summary>
internal static class CommandLine
{
    private const string Description =
        "A caching gateway before ISL. Without a command it serves; any setting can be given as --Section:Key=value.";

    /// <summary>Settings of .NET's host, which are in no section.</summary>
    private static readonly string[] HostKeys =
        ["environment", "contentRoot", "applicationName", "urls", "http_ports", "https_ports", "allowedHosts"];

    /// <summary>With what the settings of traces begin, which are in no section either.</summary>
    private const string TracePrefix = "OTEL_";

    /// <param name="args">The command line.</param>
    /// <param name="build">Builds the gateway from settings.</param>
    /// <param name="configure">Reads and checks the settings only.</param>
    public static async Task<int> RunAsync(
        string[] args, Func<string[], Task<WebApplication>> build, Func<string[], ConfiguredGateway> configure)
    {
        var root = new RootCommand(Description);
        var notes = new Dictionary<Command, string>();
        Add(root, ServeCommand.Notes, (_, settings, token) => ServeCommand.RunAsync(build, settings, token));
        AddVerb(ServeCommand.Create(), ServeCommand.Notes, (_, settings, token) => ServeCommand.RunAsync(build, settings, token));
        AddVerb(StatsCommand.Create(), StatsCommand.Notes, StatsCommand.RunAsync);
        AddVerb(ExplainCommand.Create(), ExplainCommand.Notes, ExplainCommand.RunAsync);
        AddVerb(PurgeCommand.Create(), PurgeCommand.Notes, PurgeCommand.RunAsync);
        AddVerb(WarmCommand.Create(), WarmCommand.Notes, WarmCommand.RunAsync);
        AddVerb(CompareCommand.Create(), CompareCommand.Notes, CompareCommand.RunAsync);
        AddVerb(HealthCommand.Create(), HealthCommand.Notes, HealthCommand.RunAsync);
        AddVerb(
            CheckConfigCommand.Create(), CheckConfigCommand.Notes,
            (given, settings, _) => CheckConfigCommand.RunAsync(configure, given, settings));
        AddVerb(SimulateCacheCommand.Create(), SimulateCacheCommand.Notes, SimulateCacheCommand.RunAsync);
        AddVerb(SimulateCommand.Create(), SimulateCommand.Notes, SimulateCommand.RunAsync);
        AddVerb(
            DemoCommand.Create(), DemoCommand.Notes, (given, settings, token) => DemoCommand.RunAsync(build, given, settings, token));
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExampleHelp((HelpAction)help.Action!, notes);

        // @FILE is for headers of explain; a file is never taken for a part of the command line.
        var parsed = root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (parsed.Action is ParseErrorAction)
        {
            foreach (var error in parsed.Errors) await Console.Error.WriteLineAsync($"{error.Message} See --help.");
            return ExitCodes.Misused;
        }

        // The host handles the signals and ends requests within its own time limit.
        return await parsed.InvokeAsync(new InvocationConfiguration { ProcessTerminationTimeout = null });

        void AddVerb(Command verb, string note, Func<ParseResult, string[], CancellationToken, Task<int>> run)
        {
            root.Subcommands.Add(verb);
            Add(verb, note, run);
        }

        void Add(Command command, string note, Func<ParseResult, string[], CancellationToken, Task<int>> run)
        {
            notes[command] = note;
            command.TreatUnmatchedTokensAsErrors = false;
            command.SetAction((given, token) => RunAsync(given, [.. given.UnmatchedTokens], run, token));
        }
    }

    private static async Task<int> RunAsync(
        ParseResult given, string[] settings, Func<ParseResult, string[], CancellationToken, Task<int>> run,
        CancellationToken cancellationToken)
    {
        if (StrayWord(settings) is { } stray)
        {
            await Console.Error.WriteLineAsync($"'{stray}' is neither a command nor a setting (--Section:Key=value). See --help.");
            return ExitCodes.Misused;
        }

        if (EmptyOption(settings) is { } empty)
        {
            await Console.Error.WriteLineAsync($"'{empty}' has no value (--Section:Key=value). See --help.");
            return ExitCodes.Misused;
        }

        if (StrayOption(settings) is { } option)
        {
            await Console.Error.WriteLineAsync($"'{option}' is neither an option nor a setting (--Section:Key=value). See --help.");
            return ExitCodes.Misused;
        }

        try
        {
            return await run(given, settings, cancellationToken);
        }
        catch (SettingsException e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return ExitCodes.Misused;
        }
        catch (InvalidDataException e)
        {
            // A file of settings that is no JSON: the inner exceptions say where.
            await Console.Error.WriteLineAsync($"{e.Message} {e.GetBaseException().Message}");
            return ExitCodes.Misused;
        }
        catch (CommandFailure e)
        {
            await Console.Error.WriteLineAsync(e.Message);
            return e.ExitCode;
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

    /// <summary>The first setting without a value: .NET would pass over it, or take the next setting for its value.</summary>
    private static string? EmptyOption(string[] words) =>
        words.Where((word, i) => word.StartsWith("--", StringComparison.Ordinal) && !word.Contains('=', StringComparison.Ordinal)
                && word.Contains(':', StringComparison.Ordinal)
                && (i + 1 == words.Length || words[i + 1].StartsWith("--", StringComparison.Ordinal)))
            .FirstOrDefault();

    /// <summary>
    /// The first option that no setting can be: a slip of the pen in one that would limit what a command does must not let it do all.
    /// </summary>
    private static string? StrayOption(string[] words) =>
        words.Where(static word => word.StartsWith("--", StringComparison.Ordinal))
            .Select(static word => word.Split('=', 2)[0])
            .FirstOrDefault(static key =>
                !key.Contains(':', StringComparison.Ordinal)
                && !key[2..].StartsWith(TracePrefix, StringComparison.OrdinalIgnoreCase)
                && !HostKeys.Contains(key[2..], StringComparer.OrdinalIgnoreCase));
}
