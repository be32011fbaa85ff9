using Prometheus;

namespace IslGateway.Telemetry;

/// <summary>
/// The metric families on numbers of samples: what callers ask for, and experiments. Their series are bounded by the settings: an
/// experiment's name and its arms are.
/// </summary>
internal sealed class SampleMetrics
{
    private readonly MetricFactory _factory;

    public SampleMetrics(MetricFactory factory)
    {
        _factory = factory;
        Precision = Counter(MetricNames.Precision,
            "Requests with X-Isl-Confidence or X-Isl-Precision, by endpoint and result (exact, richer: an answer with more samples was "
            + "served, refused).", "endpoint", "result");
        ExperimentRunning = Gauge(MetricNames.ExperimentRunning,
            "1 while requests are given the numbers of samples of an experiment's arms, 0 while it is paused.", "experiment");
        ExperimentRequests = Counter(MetricNames.ExperimentRequests,
            "Requests of an experiment by arm (its number of samples) and success or error (as plot_isl_requests_total has it).",
            "experiment", "arm", "status");
        ExperimentLatency = factory.CreateHistogram(
            MetricNames.ExperimentLatency, "Time from the head of a request of an experiment to the end of its answer, in seconds.",
            ["experiment", "arm"],
            new HistogramConfiguration
            {
                Buckets = GatewayMetrics.LatencyBuckets,
                SuppressInitialValue = true,
                ExemplarBehavior = ExemplarBehavior.NoExemplars(),
            });
        ExperimentValues = Counter(MetricNames.ExperimentValues,
            "Answers that ISL computed for an experiment's arm and in which its Field was a number.", "experiment", "arm");
        ExperimentMean = Gauge(MetricNames.ExperimentMean,
            "Mean of the numbers at an experiment's Field that isl_gateway_experiment_values_total counts.", "experiment", "arm");
        ExperimentVariance = Gauge(MetricNames.ExperimentVariance,
            "Variance (by n - 1) of the same numbers; without a series below two of them.", "experiment", "arm");
    }

    public Counter Precision { get; }

    public Gauge ExperimentRunning { get; }

    public Counter ExperimentRequests { get; }

    public Histogram ExperimentLatency { get; }

    public Counter ExperimentValues { get; }

    public Gauge ExperimentMean { get; }

    public Gauge ExperimentVariance { get; }

    private Counter Counter(string name, string help, params string[] labels) => _factory.CreateCounter(
        name, help, labels,
        new CounterConfiguration { SuppressInitialValue = true, ExemplarBehavior = ExemplarBehavior.NoExemplars() });

    private Gauge Gauge(string name, string help, params string[] labels) =>
        _factory.CreateGauge(name, help, labels, new GaugeConfiguration { SuppressInitialValue = true });
}
