using IslGateway.Telemetry;

namespace IslGateway.UnitTests.Telemetry;

/// <summary>Mean and variance of numbers as they come.</summary>
public sealed class SpreadTests
{
    [Fact]
    public void Summary_WithoutNumbers_SaysNothing() =>
        Assert.Equal(new SpreadSummary(0, null, null, null, null), new Spread().Summarize());

    [Fact]
    public void Summary_OfOneNumber_HasNoVariance()
    {
        var spread = new Spread();
        Assert.Equal(new SpreadSummary(1, 5, null, 5, 5), spread.Add(5));
    }

    /// <summary>What is no number cannot be written as JSON.</summary>
    [Fact]
    public void Summary_OfNumbersThatAreTooLarge_LeavesOutWhatHasNoValue()
    {
        var spread = new Spread();
        spread.Add(double.MaxValue);
        var summary = spread.Add(-double.MaxValue);
        Assert.Equal((2, null, null), (summary.Count, summary.Mean, summary.Variance));
        Assert.Equal(double.MaxValue, summary.Max);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1e9)]
    public void Variance_OfNumbersAroundAnyMean_IsExact(double mean)
    {
        var spread = new Spread();
        double[] numbers = [2, 4, 4, 4, 5, 5, 7, 9];
        foreach (var number in numbers) spread.Add(mean + number);
        var summary = spread.Summarize();
        Assert.Equal((8, mean + 5, mean + 2, mean + 9), (summary.Count, summary.Mean, summary.Min, summary.Max));
        Assert.Equal(32.0 / 7, summary.Variance!.Value, 6);
    }
}
