using System.Text;
using System.Text.RegularExpressions;
using IslGateway.Telemetry;
using Prometheus;

namespace IslGateway.UnitTests.Documentation;

/// <summary>Every metric's name, labels and help, as <c>/metrics</c> exports them.</summary>
internal static partial class MetricRows
{
    public static IReadOnlyList<(string Name, string Labels, string Help)> All()
    {
        var metrics = new GatewayMetrics();
        var labels = new object[] { metrics, metrics.Samples, metrics.Replays, metrics.Comparisons }.SelectMany(Families)
            .ToDictionary(collector => collector.Name, collector => string.Join(", ", collector.LabelNames.Select(label => $"`{label}`")));
        return [.. HelpLines().Matches(Export(metrics.Registry))
            .Select(match => (Name: match.Groups["name"].Value, Help: match.Groups["help"].Value))
            .Select(metric => (metric.Name, labels.GetValueOrDefault(metric.Name) is { Length: > 0 } known ? known : "–", metric.Help))];
    }

    private static IEnumerable<Collector> Families(object metrics) =>
        metrics.GetType().GetProperties().Select(property => property.GetValue(metrics)).OfType<Collector>();

    private static string Export(CollectorRegistry registry)
    {
        using var text = new MemoryStream();
        registry.CollectAndExportAsTextAsync(text).GetAwaiter().GetResult();
        return Encoding.UTF8.GetString(text.ToArray());
    }

    [GeneratedRegex("^# HELP (?<name>[^ ]+) (?<help>[^\\n]+)$", RegexOptions.Multiline)]
    private static partial Regex HelpLines();
}
