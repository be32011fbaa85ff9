using IslGateway.Caching.Tiers;

namespace IslGateway.UnitTests.Caching.Tiers;

public sealed class WorthQueueTests
{
    private const double Cheap = 0.005;
    private const double Dear = 2;

    private const int Size = 2_000;

    /// <summary>Entries that the tests' memory tier has room for.</summary>
    private const int Room = 20;

    private const long Limit = Room * Size;

    private readonly WorthQueue _queue = new();
    private int _added;

    [Fact]
    public void Evict_OfOneSize_TakesWhatCostLeast()
    {
        var (dear, middle, cheap) = (Add(Dear), Add(0.15), Add(Cheap));

        Assert.Equal([cheap, middle, dear], Evicted(3));
        Assert.Equal(0, _queue.Count);
    }

    [Fact]
    public void Evict_OfOneCost_TakesTheLargest()
    {
        var (small, large) = (Add(Dear, size: 1_000), Add(Dear, size: 1_100));

        Assert.Equal([large, small], Evicted(2));
    }

    [Fact]
    public void Evict_OfOneWorth_TakesTheOldest()
    {
        var (first, second, third) = (Add(Cheap), Add(Cheap), Add(Cheap));

        Assert.Equal([first, second, third], Evicted(3));
    }

    [Fact]
    public void Evict_WhatWasAskedForAgain_IsSparedByItsHits()
    {
        var (thrice, never, once) = (Add(Cheap), Add(Cheap), Add(Cheap));
        for (var i = 0; i < 3; i++) thrice.Visit();
        once.Visit();

        Assert.Equal([never, once, thrice], Evicted(3));
    }

    /// <summary>A hundred hits of a cheap answer are not worth a dear one: they save ISL half a second, it saves two.</summary>
    [Fact]
    public void Evict_CheapAndHot_GoesBeforeDearAndNeverHit()
    {
        var (hot, dear) = (Add(Cheap), Add(Dear));
        for (var i = 0; i < 10_000; i++) hot.Visit();

        Assert.Same(hot, Evict());
        Assert.Same(dear, Evict());
    }

    [Fact]
    public void Evict_EntriesPastTheirFreshness_GoBeforeAllOthersInThatOrder()
    {
        var (cheap, second, first, later) =
            (Add(Cheap), Add(Dear, freshUntil: 20), Add(Dear, freshUntil: 10), Add(0.15, freshUntil: 31));

        Assert.Equal([first, second, cheap], Enumerable.Range(0, 3).Select(_ => _queue.Evict(now: 30, Limit)));
        Assert.Same(later, _queue.Evict(now: 31, Limit));
    }

    /// <summary>
    /// A dear entry that nobody asks for outlives as many rounds of cheap ones as it cost more, and no more than that; one that is asked
    /// for in between stays for good.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Evict_ADearEntryAmongCheapOnes_LeavesOnlyWhenItIsOutOfUse(bool isUsed)
    {
        var dear = Add(Dear);
        for (var i = 0; i < Room; i++) Add(Cheap);

        var round = 0;
        for (var isThere = true; isThere && round < 2_000; round++)
        {
            if (isUsed && round % 100 == 0) dear.Visit();
            for (var i = 0; isThere && i < Room; i++)
            {
                Add(Cheap);
                isThere = Evict() != dear;
            }
        }

        if (isUsed) Assert.Equal(2_000, round);
        else Assert.InRange(round, 0.9 * (Dear / Cheap), 1.1 * (Dear / Cheap));
    }

    /// <summary>Cheap ones that have one place among dear ones age these no faster than those that have the whole tier.</summary>
    [Fact]
    public void Evict_CheapEntriesInOnePlaceAmongDearOnes_AgeThemByTheirShareOfTheTier()
    {
        for (var i = 1; i < Room; i++) Add(Dear);
        Add(Cheap);

        for (var i = 0; i < Room * Dear / Cheap / 3; i++)
        {
            var newcomer = Node(Cheap);
            var victim = _queue.Evict(now: 0, Limit, newcomer);
            Assert.Equal(Cheap, victim.Answer.UpstreamDuration.TotalSeconds);
            if (victim != newcomer) _queue.Add(newcomer);
        }
    }

    /// <summary>A short computation never displaces a long one; one of the same kind always has its chance.</summary>
    [Theory]
    [InlineData(Cheap, 0, true)]
    [InlineData(Cheap, 300, true)]
    [InlineData(0.1, 0, false)]
    [InlineData(0.1, 300, true)]
    [InlineData(Dear / 10, 300, false)]
    public void Evict_ForANewcomer_TakesItWhereOnlyAFarDearerOneCouldGo(double seconds, int hits, bool isRefused)
    {
        var (dear, newcomer) = (Add(Dear), Node(seconds));
        for (var i = 0; i < hits; i++) dear.Visit();

        Assert.Same(isRefused ? newcomer : dear, _queue.Evict(now: 0, Limit, newcomer));
        Assert.Equal(isRefused ? 1 : 0, _queue.Count);
    }

    [Fact]
    public void Add_AnEntryThatHadToGo_CountsWhatItHadBeenAskedFor()
    {
        var (hot, other) = (Add(Cheap), Add(Cheap * 3));
        for (var i = 0; i < 3; i++) hot.Visit();
        Assert.Equal([other, hot], Evicted(2));

        var back = new MemoryNode(hot.Key, SampleAnswers.Costing(Cheap), number: ++_added) { FreshUntil = long.MaxValue };
        _queue.Add(back);

        Assert.Equal((4, 0), (back.Reuse, Add(Cheap).Reuse));
    }

    [Fact]
    public void Add_InPlaceOfAnother_CountsTheOthersHits()
    {
        var old = Add(Cheap);
        for (var i = 0; i < 5; i++) old.Visit();
        _queue.Remove(old);

        var anew = new MemoryNode(old.Key, SampleAnswers.Costing(Cheap));
        _queue.Add(anew, old);

        Assert.Equal(5, anew.Reuse);
    }

    /// <summary>After another configuration of ISL, even a cheap newcomer outlasts what was dear before and is out of reach now.</summary>
    [Fact]
    public void Outdate_WhatIsThere_MakesRoomFirstUnlessItIsAskedForAgain()
    {
        MemoryNode[] old = [Add(Dear), Add(Cheap), Add(Dear), Add(Dear)];
        foreach (var node in old) node.Visit();

        _queue.Outdate();
        var newcomer = Node(Cheap);
        Assert.NotSame(newcomer, _queue.Evict(now: 0, Limit, newcomer));
        _queue.Add(newcomer);
        old[2].Visit();

        Assert.Equal([old[1], old[3], newcomer, old[2]], Evicted(4));
    }

    [Fact]
    public void Evict_ForAStaleNewcomer_TakesAStaleOneOrItself()
    {
        var (stale, fresh) = (Add(Dear, freshUntil: 10), Add(Cheap, freshUntil: 100));

        Assert.Same(stale, _queue.Evict(now: 50, Limit, Node(Dear, freshUntil: 40)));
        var newcomer = Node(Dear, freshUntil: 40);
        Assert.Same(newcomer, _queue.Evict(now: 50, Limit, newcomer));
        Assert.Same(fresh, _queue.Evict(now: 50, Limit, Node(Dear, freshUntil: 100)));
    }

    [Fact]
    public void Reckon_AnEntryThatGrew_IsWorthLess()
    {
        var (grown, other) = (Add(Dear), Add(Dear * 0.9));
        grown.Size *= 2;
        _queue.Reckon(grown);

        Assert.Equal([grown, other], Evicted(2));
    }

    /// <summary>Hits may be counted faster than they are reckoned in: one entry goes all the same.</summary>
    [Fact]
    public void Evict_EveryEntryHitAllTheTime_Ends()
    {
        var nodes = Enumerable.Range(0, 1_000).Select(_ => Add(Cheap)).ToList();

        for (var left = nodes.Count; left > 0; left--)
        {
            foreach (var node in nodes) node.Visit();
            Assert.True(nodes.Remove(Evict()));
        }
    }

    [Fact]
    public void Heap_AnyOrderOfAddingMovingAndRemoving_GivesTheLeastFirst()
    {
        var random = new Random(7);
        var heap = new NodeHeap<long>(static node => ref node.EndPlace);
        var expected = new SortedDictionary<(long Key, long Number), MemoryNode>();
        var keys = new Dictionary<MemoryNode, long>();
        for (var step = 1; step <= 20_000; step++)
        {
            var any = keys.Count == 0 ? null : keys.Keys.ElementAt(random.Next(keys.Count));
            var kind = random.Next(keys.Count > 300 ? 4 : 8);
            if (any is not null && kind < 2) Take(any);
            else if (any is not null && kind == 2) Take(heap.First);
            else Give(any is not null && kind == 3 ? any : new MemoryNode(default, SampleAnswers.Costing(1), number: step));
            Assert.Equal(expected.Count, heap.Count);
            if (heap.Count > 0) Assert.Same(expected.First().Value, heap.First);
        }

        void Take(MemoryNode node)
        {
            heap.Remove(node);
            Assert.True(expected.Remove((keys[node], node.Number)) && keys.Remove(node));
        }

        void Give(MemoryNode node)
        {
            var key = random.Next(50);
            if (keys.TryGetValue(node, out var before) && expected.Remove((before, node.Number))) heap.Move(node, key);
            else heap.Add(node, key);
            (keys[node], expected[(key, node.Number)]) = (key, node);
        }
    }

    private MemoryNode Add(double seconds, int size = Size, long freshUntil = long.MaxValue)
    {
        var node = Node(seconds, size, freshUntil);
        _queue.Add(node);
        return node;
    }

    private MemoryNode Node(double seconds, int size = Size, long freshUntil = long.MaxValue) =>
        new(SampleAnswers.Key(++_added), SampleAnswers.Costing(seconds, size), number: _added) { FreshUntil = freshUntil };

    private MemoryNode Evict() => _queue.Evict(now: 0, Limit);

    private List<MemoryNode> Evicted(int count) => [.. Enumerable.Range(0, count).Select(_ => Evict())];
}
