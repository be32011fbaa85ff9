using CsCheck;
using IslGateway.Workflows.Kept;

namespace IslGateway.UnitTests.Workflows.Kept;

public sealed class KeptHeatTests
{
    [Fact]
    public void At_AHalfLifeLater_IsHalf()
    {
        var heat = new KeptHeat();
        heat.Add(8, 3);
        heat.Add(1, 4);

        Assert.Equal(5, heat.At(4), 6);
        Assert.Equal(2.5, heat.At(5), 6);
    }

    [Fact]
    public void At_NothingCounted_IsZero() => Assert.Equal(0, new KeptHeat().At(7));

    /// <summary>No number becomes too large to be told apart, however long the gateway runs.</summary>
    [Fact]
    public void Add_WheneverItIs_IsTheSumOfWhatIsLeftOfEach() =>
        Gen.Select(Gen.Double[0, 100_000], Gen.Select(Gen.Int[1, 1_000], Gen.Double[0, 5]).Array[1, 50]).Sample((start, hits) =>
        {
            var (heat, moment, expected) = (new KeptHeat(), start, 0.0);
            foreach (var (count, pause) in hits)
            {
                moment += pause;
                heat.Add(count, moment);
                expected = (expected * Math.Pow(2, -pause)) + count;
            }

            return Math.Abs(heat.At(moment) - expected) < expected * 1e-6;
        });
}
