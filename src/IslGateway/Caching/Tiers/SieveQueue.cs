namespace IslGateway.Caching.Tiers;

/// <summary>
/// Evicts in SIEVE order (Zhang et al., NSDI 2024): a hand moves through the queue from the oldest entry to the newest, spares each entry
/// that was visited since the hand last passed it, and evicts the first that was not. So a hit moves nothing, and a run of entries that are
/// never asked for again does not displace those in use. Not thread-safe, except for the visited bits.
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

    /// <summary>Removes and returns the entry to evict; null if there is none.</summary>
    public SieveNode? Evict()
    {
        var node = _hand ?? _oldest;

        // One lap at most, since readers may set the bits as fast as the hand clears them.
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
