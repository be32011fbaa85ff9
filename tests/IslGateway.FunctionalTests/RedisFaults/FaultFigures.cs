using System.Diagnostics;
using System.Globalization;

namespace IslGateway.FunctionalTests.RedisFaults;

/// <summary>What one fault did to the load.</summary>
internal sealed class FaultFigures
{
    /// <summary>Whatever takes so much longer than the usual was slowed by something; below, it is the spread of every day.</summary>
    private const double Spread = 15;

    private static readonly AskKind[] Timed =
        [AskKind.ControlHit, AskKind.ControlMiss, AskKind.Memory, AskKind.Redis, AskKind.Session, AskKind.Miss];

    private readonly long _begunAt;
    private readonly IReadOnlyList<Asked> _during;
    private readonly IReadOnlyList<Asked> _later;
    private readonly Dictionary<AskKind, double> _usual;

    /// <param name="fault">Its name.</param>
    /// <param name="answers">All that was answered, from before the fault until after it.</param>
    /// <param name="begunAt">When it began, as a timestamp.</param>
    /// <param name="endedAt">When it ended.</param>
    public FaultFigures(string fault, IReadOnlyList<Asked> answers, long begunAt, long endedAt)
    {
        Fault = fault;
        _begunAt = begunAt;
        var before = answers.Where(answer => answer.BegunAt < begunAt).ToList();
        _during = [.. answers.Where(answer => answer.BegunAt >= begunAt)];
        _later = [.. _during.Where(answer => answer.BegunAt >= begunAt + Stopwatch.Frequency && answer.BegunAt < endedAt)];
        _usual = Enum.GetValues<AskKind>()
            .ToDictionary(kind => kind, kind => Median(before.Any(a => a.Kind == kind) ? before : _during, kind));
        Requests = answers.Count;
        Wrong = [.. answers.Select(answer => answer.Wrong).OfType<string>()];
        var after = answers.Where(answer => answer.BegunAt >= endedAt).ToList();
        RedisAgain = Since(endedAt, after.FirstOrDefault(answer => answer.IsFromRedis));
        SessionsAgain = Since(endedAt, after.FirstOrDefault(answer => answer is { Kind: AskKind.Session, IsHit: true }));
    }

    public string Fault { get; }

    public int Requests { get; }

    public IReadOnlyList<string> Wrong { get; }

    /// <summary>Seconds from the fault's end until an answer came from Redis again.</summary>
    public double RedisAgain { get; }

    /// <summary>The same until a stored session answer was given again.</summary>
    public double SessionsAgain { get; }

    /// <summary>Lines that the gateway logged meanwhile.</summary>
    public int LogLines { get; init; }

    public static string Heading =>
        $"{"fault",-34}{"asked",6}{"wrong",6} |{"added to one caller in all, ms (longest request)",-84}"
        + $"|{"median, ms: before -> 1 s into it",-84}|{"hits lost",-15}|{"again after, s",-15}|{"log",4}\n"
        + $"{"",46} |{string.Concat(Timed.Select(kind => $"{kind,14}"))}|{string.Concat(Timed.Select(kind => $"{kind,14}"))}"
        + $"|{"control",8}{"memory",7}|{"redis",7}{"session",8}|{"lines",6}{"update",8}";

    /// <summary>The row in a few words.</summary>
    public string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"{Fault}: {Requests} asked, {Wrong.Count} wrong; ms added in all: "
        + $"{string.Join(", ", Timed.Select(kind => string.Create(CultureInfo.InvariantCulture, $"{kind} {Added(kind):0}")))}; "
        + $"again after {RedisAgain:0.0} s");

    /// <summary>
    /// Milliseconds that a caller of a kind has waited beyond the usual, over all its requests from the fault's beginning.
    /// </summary>
    public double Added(AskKind kind) =>
        _during.Where(answer => answer.Kind == kind).Select(answer => answer.Gateway - _usual[kind]).Where(more => more > Spread).Sum();

    /// <summary>The requests that were slowed, and when, for a failure's message.</summary>
    public string Slowed =>
        string.Join('\n', _during.Where(answer => answer.Kind != AskKind.Update && answer.Gateway - _usual[answer.Kind] > Spread)
            .Select(answer => string.Create(
        CultureInfo.InvariantCulture, $"{Stopwatch.GetElapsedTime(_begunAt, answer.BegunAt).TotalSeconds:0.000} s {answer.Kind} {answer.Gateway:0} of {answer.Wall:0} ms {answer.Account}")));

    /// <summary>Its longest request, by the gateway's own account.</summary>
    public double Longest(AskKind kind) =>
        _during.Where(answer => answer.Kind == kind).Select(answer => answer.Gateway).DefaultIfEmpty().Max();

    /// <summary>The median before the fault.</summary>
    public double Usual(AskKind kind) => _usual[kind];

    /// <summary>The median from a second after its beginning until its end.</summary>
    public double Later(AskKind kind) => Median(_later, kind);

    /// <summary>Requests from the fault's beginning that were asked for what memory has, and were not answered from there.</summary>
    public int Lost(AskKind kind) => _during.Count(answer => answer.Kind == kind && !answer.IsFromMemory);

    public override string ToString()
    {
        static string Row(Func<AskKind, FormattableString> cell) =>
            string.Concat(Timed.Select(kind => cell(kind).ToString(CultureInfo.InvariantCulture).PadLeft(14)));
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Fault,-34}{Requests,6}{Wrong.Count,6} |{Row(kind => $"{Added(kind):0} ({Longest(kind):0})")}"
            + $"|{Row(kind => $"{Usual(kind):0.0} -> {Later(kind):0.0}")}|{Lost(AskKind.ControlHit),8}{Lost(AskKind.Memory),7}"
            + $"|{RedisAgain,7:0.0}{SessionsAgain,8:0.0}|{LogLines,6}{Longest(AskKind.Update),8:0}");
    }

    private static double Median(IReadOnlyList<Asked> answers, AskKind kind) =>
        Median(answers.Where(answer => answer.Kind == kind).Select(answer => answer.Gateway));

    private static double Median(IEnumerable<double> figures)
    {
        var sorted = figures.Order().ToList();
        return sorted.Count == 0 ? 0 : sorted[sorted.Count / 2];
    }

    private static double Since(long endedAt, Asked? first) =>
        first is null ? double.PositiveInfinity : Stopwatch.GetElapsedTime(endedAt, first.BegunAt).TotalSeconds;
}
