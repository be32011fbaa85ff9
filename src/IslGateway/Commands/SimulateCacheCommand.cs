using System.CommandLine;
using IslGateway.Commands.CacheSimulation;
using IslGateway.Settings.Reading;
using IslGateway.Telemetry.KeyLogging;

namespace IslGateway.Commands;

/// <summary>Says what other lifetimes and another memory would have done for what <c>Telemetry:KeyLog</c> has recorded.</summary>
internal static class SimulateCacheCommand
{
    public const string Notes = """
        Examples:
          islgateway simulate-cache keys.log.1 keys.log
          islgateway simulate-cache keys.log --ttl 30m,1h,4h --size 64MiB,256MiB
          islgateway simulate-cache keys.log --ttl 5m,15m --endpoint CausalValidate
          islgateway simulate-cache keys.log --size 64MiB,1GiB --json | jq '.predicted[] | [.size_limit_bytes, .hit_ratio]'

        The log is one gateway's, with Telemetry:KeyLog=FILE; it may be read while it is written. Each combination takes about a fifth of
        the memory that it simulates. Redis is not simulated, nor how ISL's queue would have been.

        Exit codes: 0 shown; 1 the log has no requests; 2 no such file or endpoint, or a wrong command line.
        """;

    private const int MostCombinations = 64;

    /// <summary>Lines to look through for the time at which a file begins.</summary>
    private const int LinesToLook = 1_000;

    private const long SmallestMemory = 1 << 10;
    private const long LargestMemory = 1L << 40;

    private static readonly TimeSpan ShortestTtl = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LongestTtl = TimeSpan.FromDays(365);

    private static readonly Argument<string[]> Logs = new("LOG")
    {
        Description = "Files of Telemetry:KeyLog, in any order; - reads standard input.",
        Arity = ArgumentArity.OneOrMore,
    };

    private static readonly Option<string?> Ttl = new("--ttl")
    {
        Description = "Lifetimes to try for every endpoint, as 30m,1h,4h. As they were unless given.",
        HelpName = "TTL,…",
    };

    private static readonly Option<string?> Size = new("--size")
    {
        Description = "Sizes of the memory tier to try, as 64MiB,256MiB. As it was unless given.",
        HelpName = "SIZE,…",
    };

    private static readonly Option<string?> Endpoint = new("--endpoint")
    {
        Description = "Tells of one endpoint alone; the others compete for memory all the same.",
        HelpName = "NAME",
    };

    private static readonly Option<bool> Json = new("--json") { Description = "The figures as JSON, in one line." };

    public static Command Create() =>
        new("simulate-cache", "Replays a key log, and says what other lifetimes and another memory would have done.")
        {
            Logs, Ttl, Size, Endpoint, Json,
        };

    public static async Task<int> RunAsync(ParseResult given, string[] settings, CancellationToken cancellationToken)
    {
        var replays = Combinations(given);
        try
        {
            var replay = new KeyLogReplay(replays);
            foreach (var name in InOrder(given.GetValue(Logs)!)) Read(replay, name, cancellationToken);
            if (replay.Requests == 0)
            {
                throw new CommandFailure(
                    ExitCodes.Failed,
                    replay.FirstDamaged is { } first ? $"No line can be read; the first is {first}." : "The log has no requests.");
            }

            var endpoint = Chosen(replay, given.GetValue(Endpoint));
            await Console.Out.WriteLineAsync(
                given.GetValue(Json) ? SimulationReport.Json(replay, endpoint) : SimulationReport.Text(replay, endpoint));
            return ExitCodes.Fine;
        }
        finally
        {
            foreach (var one in replays) one.Dispose();
        }
    }

    private static List<CacheReplay> Combinations(ParseResult given)
    {
        TimeSpan?[] ttls = [.. Listed(given, Ttl, text => DurationText.TryParse(text, out var ttl, out var rule)
            ? (Within(ttl, ShortestTtl, LongestTtl), "must be from 10ms to 365d")
            : (null, rule))];
        long?[] sizes = [.. Listed(given, Size, text => SizeText.TryParse(text, out var size, out var rule)
            ? (Within(size, SmallestMemory, LargestMemory), "must be from 1KiB to 1024GiB")
            : (null, rule))];
        if (ttls.Length * sizes.Length > MostCombinations)
        {
            throw new CommandFailure(
                ExitCodes.Misused, $"{ttls.Length} times {sizes.Length} combinations are more than {MostCombinations}.");
        }

        return [.. from size in sizes from ttl in ttls select new CacheReplay(ttl, size)];
    }

    private static List<T?> Listed<T>(ParseResult given, Option<string?> option, Func<string, (T? Value, string? Rule)> parse)
        where T : struct
    {
        if (given.GetValue(option) is not { } list) return [null];
        return [.. list.Split(',', StringSplitOptions.TrimEntries).Select(text =>
        {
            var (value, rule) = parse(text);
            return value ?? throw new CommandFailure(ExitCodes.Misused, $"{option.Name}: '{text}' {rule}.");
        }).Distinct()];
    }

    private static T? Within<T>(T value, T least, T most)
        where T : struct, IComparable<T> =>
        value.CompareTo(least) < 0 || value.CompareTo(most) > 0 ? null : value;

    /// <summary>A log that was renamed was written before the one that came in its place.</summary>
    private static IEnumerable<string> InOrder(string[] names) => names.Distinct().OrderBy(TimeOf);

    private static double TimeOf(string name)
    {
        if (name == "-") return double.MaxValue;
        using var file = Open(name);
        for (var lines = new LogLines(file); lines.Number < LinesToLook && lines.TryRead(out var line);)
        {
            if (KeyLogLine.TryParse(line, out var first)) return first.At;
        }

        return double.MaxValue;
    }

    private static void Read(KeyLogReplay replay, string name, CancellationToken cancellationToken)
    {
        using var file = Open(name);
        try
        {
            replay.Take(name, file, cancellationToken);
        }
        catch (IOException e)
        {
            throw new CommandFailure(ExitCodes.Failed, $"{name} cannot be read to its end: {e.Message}");
        }
    }

    private static Stream Open(string name)
    {
        try
        {
            return name == "-" ? Console.OpenStandardInput()
                : new FileStream(name, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure(ExitCodes.Misused, e.Message);
        }
    }

    private static string? Chosen(KeyLogReplay replay, string? endpoint) =>
        endpoint is null ? null
        : replay.Measured.Names.FirstOrDefault(name => name.Equals(endpoint, StringComparison.OrdinalIgnoreCase))
            ?? throw new CommandFailure(
                ExitCodes.Misused, $"The log has no endpoint {endpoint}; it has {string.Join(", ", replay.Measured.Names)}.");
}
