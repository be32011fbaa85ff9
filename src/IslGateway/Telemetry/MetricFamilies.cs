using Prometheus;

namespace IslGateway.Telemetry;

/// <summary>
/// Makes metric families. A series with a value that nobody has told yet is not exported; of exemplars only the latency histogram has any.
/// </summary>
internal sealed class MetricFamilies(MetricFactory factory)
{
    /// <summary>A counter; with one label, its series are there from the moment at which they are made.</summary>
    public Counter Counter(string name, string help, params string[] labels) => factory.CreateCounter(
        name, help, labels,
        new CounterConfiguration { SuppressInitialValue = labels.Length > 1, ExemplarBehavior = ExemplarBehavior.NoExemplars() });

    public Gauge Gauge(string name, string help, params string[] labels) =>
        factory.CreateGauge(name, help, labels, new GaugeConfiguration { SuppressInitialValue = labels.Length > 0 });

    /// <param name="name">The family's name.</param>
    /// <param name="help">What it says.</param>
    /// <param name="labels">The names of its labels.</param>
    /// <param name="buckets">Upper bounds; null: those of latencies.</param>
    /// <param name="exemplars">Its exemplars; null: none.</param>
    public Histogram Histogram(
        string name, string help, string[] labels, double[]? buckets = null, ExemplarBehavior? exemplars = null) =>
        factory.CreateHistogram(
            name, help, labels,
            new HistogramConfiguration
            {
                Buckets = buckets ?? GatewayMetrics.LatencyBuckets,
                SuppressInitialValue = labels.Length > 0,
                ExemplarBehavior = exemplars ?? ExemplarBehavior.NoExemplars(),
            });
}
