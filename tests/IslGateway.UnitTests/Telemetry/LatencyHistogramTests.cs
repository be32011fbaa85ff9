using IslGateway.Telemetry;

namespace IslGateway.UnitTests.Telemetry;

/// <summary>The latency report of one endpoint.</summary>
public sealed class LatencyHistogramTests
{
    private readonly LatencyHistogram _latency = new([0.001, 0.01, 0.1, 1]);

    [Fact]
    public void Summarize_NoRequest_HasNoFigures() =>
        Assert.Equal(new LatencySummary(0, null, null, null, null, null), _latency.Summarize());

    [Fact]
    public void Summarize_OneRequest_IsAtMostWhatItTook()
    {
        _latency.Observe(TimeSpan.FromMilliseconds(40));

        var summary = _latency.Summarize();

        Assert.Equal((1, 0.04, 0.04), (summary.Count, summary.Mean, summary.Max));
        Assert.All([summary.P50, summary.P95, summary.P99], quantile => Assert.InRange(quantile!.Value, 0.01, 0.04));
    }

    /// <summary>As Prometheus's <c>histogram_quantile</c> has it: evenly within a bucket.</summary>
    [Fact]
    public void Summarize_ManyRequests_EstimatesWithinTheBucket()
    {
        for (var i = 0; i < 90; i++) _latency.Observe(TimeSpan.FromMilliseconds(0.5));
        for (var i = 0; i < 10; i++) _latency.Observe(TimeSpan.FromMilliseconds(500));

        var summary = _latency.Summarize();

        Assert.Equal(100, summary.Count);
        Assert.Equal(0.05045, summary.Mean!.Value, 6);
        Assert.Equal(0.001 * 50 / 90, summary.P50!.Value, 6);
        Assert.Equal(0.1 + (0.4 * 5 / 10), summary.P95!.Value, 6);
        Assert.Equal(0.1 + (0.4 * 9 / 10), summary.P99!.Value, 6);
        Assert.Equal(0.5, summary.Max);
    }

    [Fact]
    public void Summarize_BeyondTheLastBound_SaysTheLargest()
    {
        _latency.Observe(TimeSpan.FromSeconds(7));
        Assert.Equal(7, _latency.Summarize().P50);
    }

    [Fact]
    public async Task Observe_ManyAtOnce_LosesNone()
    {
        await Task.WhenAll(Enumerable.Range(1, 4).Select(thread => Task.Run(() =>
        {
            for (var i = 0; i < 10_000; i++) _latency.Observe(TimeSpan.FromMicroseconds((thread * 10_000) + i));
        })));

        Assert.Equal((40_000, 0.049999), (_latency.Summarize().Count, _latency.Summarize().Max));
    }
}
