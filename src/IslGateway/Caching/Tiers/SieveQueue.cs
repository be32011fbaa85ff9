namespace IslGateway.Caching.Tiers;

/// <summary>
/// The order of eviction by SIEVE (Zhang et al., NSDI 2024): a queue by age and a hand that moves from the oldest entry to the newest,
/// spares each entry that was visited since it last came by, and takes the first that was not. A hit therefore moves nothing, and a scan
/// of entries that nobody asks for again passes through without driving out the ones in use. Not thread-safe but for the visited bits.
/// </summary>
internal sealed class SieveQueue
{
    private SieveNode? _newest;
    private SieveNode? _oldest;
    private SieveNode? _hand;

    public int Count { get; private set; }

    public void Add(SieveNode node)
    {
        node.Older = _newest;
        if (_newest is { } newest) newest.Newer = node;
        _newest = node;
        _oldest ??= node;
        Count++;
    }

    public void Remove(SieveNode node)
    {
        if (node.Older is { } older) older.Newer = node.Newer; else _oldest = node.Newer;
        if (node.Newer is { } newer) newer.Older = node.Older; else _newest = node.Older;
        if (_hand == node) _hand = node.Newer;
        node.Newer = node.Older = null;
        Count--;
    }

    /// <summary>Takes out the entry that the hand comes to, or null when there is none.</summary>
    public SieveNode? Evict()
    {
        var node = _hand ?? _oldest;

        // One lap at most: readers may set the bits as fast as the hand clears them.
        for (var steps = Count; steps > 0 && node!.Visited; steps--)
        {
            node.Forget();
            node = node.Newer ?? _oldest;
        }

        if (node is null) return null;
        _hand = node;
        Remove(node);
        return node;
    }
}
