using IslGateway.Caching.Tiers;

namespace IslGateway.UnitTests.Caching.Tiers;

public sealed class SieveQueueTests
{
    private readonly SieveQueue _queue = new();

    [Fact]
    public void Evict_VisitedEntries_AreSparedOnceWhereTheyStand()
    {
        var (a, b, c) = (Add(1), Add(2), Add(3));
        a.Visit();

        Assert.Same(b, _queue.Evict());
        Assert.False(a.Visited);
        var d = Add(4);

        // The hand stays where it was: c is younger than a, but comes next.
        Assert.Same(c, _queue.Evict());
        Assert.Same(d, _queue.Evict());
        Assert.Same(a, _queue.Evict());
        Assert.Null(_queue.Evict());
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void Evict_AllVisited_TakesTheOneWhereTheHandStarted()
    {
        var (a, b) = (Add(1), Add(2));
        a.Visit();
        b.Visit();

        Assert.Same(a, _queue.Evict());
        Assert.Same(b, _queue.Evict());
    }

    [Fact]
    public void Remove_WhereTheHandStands_MovesTheHandOn()
    {
        var (a, b, c, d) = (Add(1), Add(2), Add(3), Add(4));
        a.Visit();
        Assert.Same(b, _queue.Evict());

        _queue.Remove(c);

        Assert.Same(d, _queue.Evict());
        Assert.Same(a, _queue.Evict());
    }

    private SieveNode Add(int number)
    {
        var node = new SieveNode(SampleAnswers.Key(number), SampleAnswers.Of(1));
        _queue.Add(node);
        return node;
    }
}
