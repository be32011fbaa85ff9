using System.Globalization;
using System.Text;

namespace IslGateway.Commands.Demo;

/// <summary>The demo's figures as a table, beside the guide's.</summary>
internal static class DemoReport
{
    private const int NameWidth = 16;
    private const int ColumnWidth = 18;

    /// <summary>The same figures for programs.</summary>
    public static object ToJson(IReadOnlyList<DemoRound> rounds, IReadOnlyList<DemoPlay> plays) => new
    {
        simulated = IsSimulated(rounds),
        rounds = rounds.Select(round => new
        {
            title = round.Title,
            elapsed_ms = Math.Round(round.Elapsed.TotalMilliseconds, 3),
            hits = round.Hits,
            requests = round.Results.Zip(DemoWorkflow.Requests, (result, request) => new
            {
                name = request.Name,
                path = request.Path,
                guide_ms = request.GuideMilliseconds,
                elapsed_ms = Math.Round(result.Elapsed.TotalMilliseconds, 3),
                cache_status = result.CacheStatus,
                failure = result.Failure,
            }),
        }),
        patterns = plays.Select(play => new
        {
            name = play.Pattern.Name,
            guide_before_ms = play.Pattern.GuideBefore,
            guide_after_ms = play.Pattern.GuideAfter,
            rounds = play.Rounds.Select(round => new
            {
                title = round.Title,
                elapsed_ms = Math.Round(round.Elapsed.TotalMilliseconds, 3),
                hits = round.Hits,
                failures = round.Results.Select(result => result.Failure).OfType<string>(),
            }),
        }),
    };

    public static string Of(IReadOnlyList<DemoRound> rounds, IReadOnlyList<DemoPlay> plays)
    {
        var text = new StringBuilder();
        text.AppendLine(IsSimulated(rounds)
            ? "These numbers come from the SIMULATOR, which waits as long as the guide says ISL takes. They are not ISL's."
            : "These numbers come from the ISL at Isl:BaseUrl.");
        text.AppendLine();
        AppendTable(text, rounds);
        text.AppendLine();
        AppendPatterns(text, plays);
        text.AppendLine();
        var (concurrent, final) = (Number(DemoWorkflow.GuideConcurrentMilliseconds), Number(DemoWorkflow.GuideFinalMilliseconds));
        text.AppendLine($"The guide's own totals of the workflow after optimisation: {concurrent} ms with caching and all at once,");
        text.AppendLine(
            $"{final} ms with its further steps. Nothing was warmed up: the first round also pays for the process's own first calls.");
        for (var i = 0; i < DemoWorkflow.Requests.Count; i++)
        {
            AppendRemarks(text, DemoWorkflow.Requests[i], [.. rounds.Select(round => round.Results[i])]);
        }

        foreach (var play in plays) AppendFailures(text, play.Pattern.Name, play.Rounds.SelectMany(round => round.Results));
        return text.ToString();
    }

    private static bool IsSimulated(IReadOnlyList<DemoRound> rounds) =>
        rounds.Any(round => round.Results.Any(result => result.IsSimulated));

    private static void AppendTable(StringBuilder text, IReadOnlyList<DemoRound> rounds)
    {
        var requests = DemoWorkflow.Requests;
        AppendLine(text, "ms", "guide, before", rounds.Select(round => round.Title));
        for (var i = 0; i < requests.Count; i++)
        {
            var results = rounds.Select(round => round.Results[i]);
            var cells = results.Select(result => $"{Number(result.Elapsed)} {result.Word,-6}");
            AppendLine(text, requests[i].Name, Number(requests[i].GuideMilliseconds), cells);
        }

        var guideTotal = Number(requests.Sum(request => request.GuideMilliseconds));
        AppendLine(text, "Total", guideTotal, rounds.Select(round => $"{Number(round.Elapsed)}       "));
        AppendLine(text, "Cache hits", "", rounds.Select(round => $"{round.Hits} of {round.Results.Count} "));
    }

    private static void AppendRemarks(StringBuilder text, DemoRequest request, IReadOnlyList<DemoResult> results)
    {
        if (request.WhyNotCached is not null)
        {
            text.AppendLine($"{request.Name} is never cached: {request.WhyNotCached}.");
        }
        else if (results.FirstOrDefault(result => result.IsBypass) is { } bypass)
        {
            text.AppendLine($"{request.Name} went past the cache: {bypass.CacheStatus}");
        }

        AppendFailures(text, $"{request.Name}, {request.Path}", results);
    }

    private static void AppendFailures(StringBuilder text, string name, IEnumerable<DemoResult> results)
    {
        foreach (var failure in results.Select(result => result.Failure).OfType<string>().Distinct())
            text.AppendLine($"FAILED: {name}: {failure}");
    }

    private static void AppendPatterns(StringBuilder text, IReadOnlyList<DemoPlay> plays)
    {
        AppendLine(text, "ms", "guide", plays[0].Rounds.Select(round => round.Title));
        foreach (var play in plays)
        {
            AppendLine(
                text, play.Pattern.Name, $"{Number(play.Pattern.GuideBefore)}, {Number(play.Pattern.GuideAfter)}",
                play.Rounds.Select(round => $"{Number(round.Elapsed)} {round.Hits,2} hits"));
        }

        text.AppendLine("  One by one: computed by ISL each time. At once: the price points as one sweep, the validations side by side.");
    }

    private static void AppendLine(StringBuilder text, string name, string guide, IEnumerable<string> cells) =>
        text.AppendLine(
            $"  {name.PadRight(NameWidth)}{guide,13}{string.Concat(cells.Select(cell => cell.PadLeft(ColumnWidth)))}".TrimEnd());

    private static string Number(TimeSpan elapsed) =>
        elapsed.TotalMilliseconds.ToString(elapsed.TotalMilliseconds < 10 ? "0.0" : "#,0", CultureInfo.InvariantCulture);

    private static string Number(int milliseconds) => milliseconds.ToString("#,0", CultureInfo.InvariantCulture);
}
