namespace IslGateway.UnitTests.Caching.Tiers;

/// <summary>The plain rule to compare with: what was not asked for longest goes first.</summary>
internal sealed class LruReference(long limit) : ITracedCache
{
    private readonly Dictionary<int, LinkedListNode<TraceItem>> _entries = [];
    private readonly LinkedList<TraceItem> _order = new();
    private long _bytes;

    public bool Ask(TraceItem item)
    {
        if (_entries.TryGetValue(item.Key, out var found))
        {
            _order.Remove(found);
            _order.AddLast(found);
            return true;
        }

        while (_bytes + item.Size > limit)
        {
            var oldest = _order.First!.Value;
            _order.RemoveFirst();
            _entries.Remove(oldest.Key);
            _bytes -= oldest.Size;
        }

        _entries[item.Key] = _order.AddLast(item);
        _bytes += item.Size;
        return false;
    }
}
