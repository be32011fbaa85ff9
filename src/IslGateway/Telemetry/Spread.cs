namespace IslGateway.Telemetry;

/// <summary>
/// Count, mean and variance of numbers as they come, by Welford's method: exact also where the mean is large beside the spread.
/// </summary>
internal sealed class Spread
{
    private readonly Lock _gate = new();
    private long _count;
    private double _mean;
    private double _squares;
    private double _min = double.PositiveInfinity;
    private double _max = double.NegativeInfinity;

    /// <summary>Takes a finite number.</summary>
    public SpreadSummary Add(double value)
    {
        lock (_gate)
        {
            _count++;
            var before = value - _mean;
            _mean += before / _count;
            _squares += before * (value - _mean);
            (_min, _max) = (Math.Min(_min, value), Math.Max(_max, value));
            return Summary();
        }
    }

    /// <summary>What was taken so far.</summary>
    public SpreadSummary Summarize()
    {
        lock (_gate) return Summary();
    }

    private SpreadSummary Summary() => _count == 0
        ? new SpreadSummary(0, null, null, null, null)
        : new SpreadSummary(_count, Finite(_mean), _count > 1 ? Finite(_squares / (_count - 1)) : null, _min, _max);

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;
}
