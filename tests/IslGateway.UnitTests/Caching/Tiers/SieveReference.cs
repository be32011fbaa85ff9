namespace IslGateway.UnitTests.Caching.Tiers;

/// <summary>
/// SIEVE (Zhang et al., NSDI 2024), to compare with: a hand goes from the oldest entry to the newest, spares those that were hit since it
/// last came by, and takes the first that was not.
/// </summary>
internal sealed class SieveReference(long limit) : ITracedCache
{
    private readonly Dictionary<int, LinkedListNode<(TraceItem Item, bool Visited)>> _entries = [];
    private readonly LinkedList<(TraceItem Item, bool Visited)> _order = new();
    private LinkedListNode<(TraceItem Item, bool Visited)>? _hand;
    private long _bytes;

    public bool Ask(TraceItem item)
    {
        if (_entries.TryGetValue(item.Key, out var found))
        {
            found.ValueRef.Visited = true;
            return true;
        }

        while (_bytes + item.Size > limit) Evict();
        _entries[item.Key] = _order.AddLast((item, false));
        _bytes += item.Size;
        return false;
    }

    private void Evict()
    {
        var node = _hand ?? _order.First!;
        for (; node.Value.Visited; node = node.Next ?? _order.First!) node.ValueRef.Visited = false;
        _hand = node.Next;
        _order.Remove(node);
        _entries.Remove(node.Value.Item.Key);
        _bytes -= node.Value.Item.Size;
    }
}
