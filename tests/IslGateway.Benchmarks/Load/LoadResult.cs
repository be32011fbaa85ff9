namespace IslGateway.Benchmarks.Load;

/// <summary>What one stretch of load saw.</summary>
/// <param name="Elapsed">From the first request to the last answer.</param>
/// <param name="Latencies">Of all answers in microseconds, ascending.</param>
/// <param name="Checked">How many answers were looked at in full; of all others the status and the length.</param>
internal sealed record LoadResult(TimeSpan Elapsed, int[] Latencies, int Checked)
{
    public int Requests => Latencies.Length;

    public double PerSecond => Requests / Elapsed.TotalSeconds;

    /// <summary>Microseconds that this share of the answers took at most.</summary>
    public double Quantile(double share) => Latencies[Math.Min(Latencies.Length - 1, (int)(share * Latencies.Length))];
}
