using Prometheus;

namespace IslGateway.Telemetry;

/// <summary>The series of one arm of an experiment, with the labels resolved once.</summary>
internal sealed class ArmMetrics
{
    private readonly SampleMetrics _families;
    private readonly string[] _labels;
    private readonly Counter.Child _success;
    private readonly Counter.Child _error;
    private readonly Histogram.Child _latency;
    private readonly LatencyHistogram _report = new(GatewayMetrics.LatencyBuckets);
    private readonly LatencyHistogram _upstream = new(GatewayMetrics.LatencyBuckets);
    private readonly Spread _values = new();
    private long _hits;

    public ArmMetrics(SampleMetrics families, string experiment, string arm)
    {
        (_families, _labels) = (families, [experiment, arm]);
        _success = families.ExperimentRequests.WithLabels(experiment, arm, "success");
        _error = families.ExperimentRequests.WithLabels(experiment, arm, "error");
        _latency = families.ExperimentLatency.WithLabels(experiment, arm);
    }

    /// <summary>Counts one finished exchange.</summary>
    /// <param name="isError">Whether it counts as an error.</param>
    /// <param name="isHit">Whether it was served from the cache.</param>
    /// <param name="elapsed">Duration of the whole exchange.</param>
    /// <param name="upstream">ISL's part of it; zero: it had none.</param>
    public void Observe(bool isError, bool isHit, TimeSpan elapsed, TimeSpan upstream)
    {
        (isError ? _error : _success).Inc();
        if (isHit) Interlocked.Increment(ref _hits);
        _latency.Observe(elapsed.TotalSeconds);
        _report.Observe(elapsed);
        if (upstream > TimeSpan.Zero) _upstream.Observe(upstream);
    }

    /// <summary>Takes the number that ISL computed; one that is not finite is none.</summary>
    public void Take(double value)
    {
        if (!double.IsFinite(value)) return;
        var known = _values.Add(value);
        _families.ExperimentValues.WithLabels(_labels).IncTo(known.Count);
        if (known.Mean is { } mean) _families.ExperimentMean.WithLabels(_labels).Set(mean);
        if (known.Variance is { } variance) _families.ExperimentVariance.WithLabels(_labels).Set(variance);
    }

    /// <summary>The counts so far.</summary>
    public ArmTally Tally() => new(
        (long)(_success.Value + _error.Value), (long)_error.Value, Volatile.Read(ref _hits), _report.Summarize(), _upstream.Summarize(),
        _values.Summarize());
}
