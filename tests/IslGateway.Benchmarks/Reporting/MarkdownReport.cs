using System.Globalization;
using System.Text;
using IslGateway.Benchmarks.Measuring;
using IslGateway.Benchmarks.Servers;

namespace IslGateway.Benchmarks.Reporting;

/// <summary>The findings as Markdown: costs by workload and server, everything else, and the verdicts.</summary>
internal static class MarkdownReport
{
    private static readonly string[] Servers =
        [Names.Bare, Names.Canonicaliser, Names.Nginx, Names.Varnish, Names.OutputCache, Names.Yarp, Names.Gateway];

    public static string Of(Findings findings, IReadOnlyList<IMeasurement> measured, Circumstances circumstances)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{circumstances}").AppendLine();
        Costs(text, findings, measured);
        Details(text, findings, measured);
        Verdicts(text, findings, measured);
        return text.ToString();
    }

    private static void Costs(StringBuilder text, Findings findings, IReadOnlyList<IMeasurement> measured)
    {
        var rows = measured.OfType<RoundsMeasurement>().ToList();
        if (rows.Count == 0) return;
        text.AppendLine("CPU milliseconds of the server for 1,000 requests; in brackets what the gateway costs as a multiple of it:");
        text.AppendLine().AppendLine(Row(["workload", .. Servers])).AppendLine(Row(["---", .. Servers.Select(_ => "---:")]));
        foreach (var row in rows)
        {
            var cells = Servers.Select(server => findings.Median(row.Name, server, Metrics.Cpu) is not { } cost ? ""
                : server == Names.Gateway ? $"**{cost:F1}**"
                : $"{cost:F1} ({findings.Ratio(row.Name, Names.Gateway, server):F2})");
            text.AppendLine(Row([row.Title, .. cells]));
        }

        text.AppendLine();
    }

    private static void Details(StringBuilder text, Findings findings, IReadOnlyList<IMeasurement> measured)
    {
        text.AppendLine("All figures, medians; in brackets the least and the most:").AppendLine();
        text.AppendLine(Row(["workload", "column", "figures"])).AppendLine(Row(["---", "---", "---"]));
        foreach (var column in findings.All.GroupBy(pair => (pair.Key.Workload, pair.Key.Column)))
        {
            if (!measured.Any(measurement => measurement.Name == column.Key.Workload)) continue;
            var figures = column.Select(pair =>
                $"{Number(findings.Median(pair.Key.Workload, pair.Key.Column, pair.Key.Metric)!.Value)} {pair.Key.Metric}"
                + (pair.Values.Count > 1 ? $" ({Number(pair.Values.Min())}–{Number(pair.Values.Max())})" : ""));
            text.AppendLine(Row([column.Key.Workload, column.Key.Column, string.Join(", ", figures)]));
        }

        text.AppendLine();
    }

    private static void Verdicts(StringBuilder text, Findings findings, IReadOnlyList<IMeasurement> measured)
    {
        text.AppendLine(Row(["workload", "", "target", "found", "verdict"])).AppendLine(Row(["---", "---", "---", "---:", "---"]));
        foreach (var measurement in measured)
        {
            foreach (var target in TargetTable.All.Where(target => target.Workload == measurement.Name))
            {
                var verdict = target.Judge(findings);
                text.AppendLine(Row(
                [
                    measurement.Title, target.IsMust ? "must" : "goal", target.Text,
                    verdict.Value is { } value ? Number(value) : "–", verdict.Word,
                ]));
            }
        }
    }

    private static string Number(double value) => value.ToString(Math.Abs(value) < 10 ? "F2" : "N0", CultureInfo.InvariantCulture);

    private static string Row(IEnumerable<string> cells) => $"| {string.Join(" | ", cells)} |";
}
