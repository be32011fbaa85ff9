using Prometheus;

namespace IslGateway.Telemetry;

/// <summary>
/// The metric families on numbers of samples: what callers ask for, and experiments. Their series are bounded by the settings: an
/// experiment's name and its arms are.
/// </summary>
internal sealed class SampleMetrics
{
    public SampleMetrics(MetricFamilies families)
    {
        Precision = families.Counter(MetricNames.Precision,
            "Requests with X-Isl-Confidence or X-Isl-Precision, by endpoint and result (exact, richer: an answer with more samples was "
            + "served, refused).", "endpoint", "result");
        ExperimentRunning = families.Gauge(MetricNames.ExperimentRunning,
            "1 while requests are given the numbers of samples of an experiment's arms, 0 while it is paused.", "experiment");
        ExperimentRequests = families.Counter(MetricNames.ExperimentRequests,
            "Requests of an experiment by arm (its number of samples) and success or error (as plot_isl_requests_total has it).",
            "experiment", "arm", "status");
        ExperimentLatency = families.Histogram(
            MetricNames.ExperimentLatency, "Time from the head of a request of an experiment to the end of its answer, in seconds.",
            ["experiment", "arm"]);
        ExperimentValues = families.Counter(MetricNames.ExperimentValues,
            "Answers that ISL computed for an experiment's arm and in which its Field was a number.", "experiment", "arm");
        ExperimentMean = families.Gauge(MetricNames.ExperimentMean,
            "Mean of the numbers at an experiment's Field that isl_gateway_experiment_values_total counts.", "experiment", "arm");
        ExperimentVariance = families.Gauge(MetricNames.ExperimentVariance,
            "Variance (by n - 1) of the same numbers; without a series below two of them.", "experiment", "arm");
    }

    public Counter Precision { get; }

    public Gauge ExperimentRunning { get; }

    public Counter ExperimentRequests { get; }

    public Histogram ExperimentLatency { get; }

    public Counter ExperimentValues { get; }

    public Gauge ExperimentMean { get; }

    public Gauge ExperimentVariance { get; }
}
