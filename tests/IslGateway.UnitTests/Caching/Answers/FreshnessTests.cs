using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.UnitTests.Caching.Tiers;

namespace IslGateway.UnitTests.Caching.Answers;

public sealed class FreshnessTests
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    [InlineData(0.5)]
    public void Spread_AnyKey_IsOnlyEverEarlierAndByNoMoreThanTheShare(double jitter)
    {
        for (var number = 0; number < 10_000; number++)
            Assert.InRange(Freshness.Spread(Hour, jitter, SampleAnswers.Key(number)), Hour * (1 - jitter), Hour);
    }

    [Fact]
    public void Spread_Extremes_ReachBothBounds()
    {
        var ones = new byte[Digest.Size];
        ones.AsSpan(0, 4).Fill(0xff);
        Assert.Equal(Hour, Freshness.Spread(Hour, 0.1, default));
        Assert.Equal(Hour * 0.9, Freshness.Spread(Hour, 0.1, Digest.FromBytes(ones)));
    }

    [Fact]
    public void Spread_ManyKeys_ExpireApart()
    {
        var minutes = Enumerable.Range(0, 10_000)
            .GroupBy(number => (int)Freshness.Spread(Hour, 0.5, SampleAnswers.Key(number)).TotalMinutes);
        Assert.All(minutes, minute => Assert.InRange(minute.Count(), 200, 500));
    }

    [Fact]
    public void Spread_SameKey_IsTheSameEverywhere() =>
        Assert.Equal(Freshness.Spread(Hour, 0.1, SampleAnswers.Key(1)), Freshness.Spread(Hour, 0.1, SampleAnswers.Key(1)));
}
