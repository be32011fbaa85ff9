using System.Reflection;
using IslGateway.Telemetry;
using Prometheus;

namespace IslGateway.FunctionalTests.Monitoring;

/// <summary>The series that the gateway exposes, by name, with their labels; <c>job</c> and <c>instance</c> are Prometheus's own.</summary>
internal static class ExposedMetrics
{
    /// <summary>Every family as the gateway describes it: name and labels, in the order of the code.</summary>
    public static IReadOnlyList<(string Name, IReadOnlyList<string> Labels)> Families { get; } =
    [
        .. typeof(MetricNames).GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (string)field.GetRawConstantValue()!)
            .Select(name => (name, Collectors.TryGetValue(name, out var collector) ? (IReadOnlyList<string>)collector.LabelNames : [])),
    ];

    /// <summary>The labels of each series by its name, a histogram's by those of its parts.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<string>> Labels { get; } = Find();

    // An unlabelled series is held as itself, not as its family.
    private static Dictionary<string, Collector> Collectors
    {
        get
        {
            var metrics = new GatewayMetrics();
            return new object[] { metrics, metrics.Samples, metrics.Replays, metrics.Comparisons }
                .SelectMany(part => part.GetType().GetProperties().Select(property => property.GetValue(part))).OfType<Collector>()
                .ToDictionary(collector => collector.Name);
        }
    }

    private static Dictionary<string, IReadOnlyList<string>> Find()
    {
        var series = new Dictionary<string, IReadOnlyList<string>> { ["up"] = [] };
        foreach (var (name, labels) in Families)
        {
            series[name] = labels;
            if (Collectors.GetValueOrDefault(name) is not Histogram) continue;
            series.Remove(name);
            (series[name + "_bucket"], series[name + "_count"], series[name + "_sum"]) = ([.. labels, "le"], labels, labels);
        }

        return series;
    }
}
