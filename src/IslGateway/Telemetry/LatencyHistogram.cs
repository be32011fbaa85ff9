namespace IslGateway.Telemetry;

/// <summary>
/// Durations since the start, for the latency report: the buckets of the exported histogram, whose counts cannot be read back, and the
/// largest duration. Thread-safe, without a lock.
/// </summary>
/// <param name="bounds">The upper bounds of the buckets in seconds, ascending; a last one without a bound follows.</param>
internal sealed class LatencyHistogram(double[] bounds)
{
    private readonly long[] _counts = new long[bounds.Length + 1];
    private long _maxTicks;
    private long _sumTicks;

    /// <summary>Counts one duration.</summary>
    public void Observe(TimeSpan duration)
    {
        var at = Array.BinarySearch(bounds, duration.TotalSeconds);
        Interlocked.Increment(ref _counts[at < 0 ? ~at : at]);
        Interlocked.Add(ref _sumTicks, duration.Ticks);
        for (var max = Volatile.Read(ref _maxTicks); duration.Ticks > max;)
        {
            var seen = Interlocked.CompareExchange(ref _maxTicks, duration.Ticks, max);
            if (seen == max) return;
            max = seen;
        }
    }

    /// <summary>How many durations lie in each bucket, without those below it; the last one has no upper bound.</summary>
    public long[] Counts() => [.. _counts.Select((_, i) => Volatile.Read(ref _counts[i]))];

    /// <summary>What was counted so far. Durations are counted meanwhile, so the figures may differ by a few.</summary>
    public LatencySummary Summarize()
    {
        var counts = Counts();
        var (count, max) = (counts.Sum(), TimeSpan.FromTicks(Volatile.Read(ref _maxTicks)).TotalSeconds);
        if (count == 0) return new LatencySummary(0, null, null, null, null, null);
        return new LatencySummary(
            count, TimeSpan.FromTicks(Volatile.Read(ref _sumTicks)).TotalSeconds / count,
            Quantile(0.5), Quantile(0.95), Quantile(0.99), max);

        double Quantile(double share) => Estimate(bounds, counts, share * count, max);
    }

    /// <summary>
    /// The duration at a rank, as Prometheus's <c>histogram_quantile</c> estimates it: durations are taken to lie evenly within a bucket,
    /// whose end is the largest duration if that lies in it.
    /// </summary>
    private static double Estimate(double[] bounds, long[] counts, double rank, double max)
    {
        var below = 0L;
        for (var i = 0; i < bounds.Length; i++)
        {
            if (below + counts[i] < rank)
            {
                below += counts[i];
                continue;
            }

            var (start, end) = (i == 0 ? 0 : bounds[i - 1], Math.Min(bounds[i], max));
            return Math.Min(max, start + ((end - start) * ((rank - below) / counts[i])));
        }

        return max;
    }
}
