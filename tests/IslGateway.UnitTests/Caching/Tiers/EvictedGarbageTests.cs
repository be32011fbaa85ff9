using IslGateway.Caching.Tiers;

namespace IslGateway.UnitTests.Caching.Tiers;

public sealed class EvictedGarbageTests
{
    private int _collections;
    private int _asked;

    [Theory]
    [InlineData(1 << 20, EvictedGarbage.Least)]
    [InlineData(256 << 20, EvictedGarbage.Least)]
    [InlineData(2L << 30, (2L << 30) / EvictedGarbage.Share)]
    public void Add_AShareOfTheLimitHasGone_AsksForOneCollection(long limit, long share)
    {
        var garbage = new EvictedGarbage(() => _collections, () => _asked++);

        garbage.Add(share - 1, limit);
        Assert.Equal(0, _asked);
        garbage.Add(1, limit);
        Assert.Equal(1, _asked);

        _collections++;
        garbage.Add(share - 1, limit);
        Assert.Equal(1, _asked);
        garbage.Add(1, limit);
        Assert.Equal(2, _asked);
    }

    [Fact]
    public void Add_ACollectionHasBeenBegunMeanwhile_WaitsForAsMuchAgain()
    {
        var garbage = new EvictedGarbage(() => _collections, () => _asked++);
        garbage.Add(EvictedGarbage.Least - 1, 0);
        _collections++;

        garbage.Add(1, 0);
        Assert.Equal(0, _asked);
        garbage.Add(EvictedGarbage.Least, 0);
        Assert.Equal(1, _asked);
    }
}
