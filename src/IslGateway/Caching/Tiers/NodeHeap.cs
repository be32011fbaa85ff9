namespace IslGateway.Caching.Tiers;

/// <summary>
/// Entries in the order of a key, the least first and, of equal ones, the one that was stored first. Each entry knows its place, so that
/// any can be taken out or moved in logarithmic time. Not thread-safe.
/// </summary>
/// <param name="place">Where an entry keeps its place in this heap.</param>
internal sealed class NodeHeap<TKey>(NodeHeap<TKey>.Place place)
    where TKey : struct, IComparable<TKey>
{
    /// <summary>With four children a node the heap is half as deep as with two, and its paths touch fewer cache lines.</summary>
    private const int Arity = 4;

    private const int SmallestRoom = 16;

    private (TKey Key, MemoryNode Node)[] _slots = [];

    public delegate ref int Place(MemoryNode node);

    public int Count { get; private set; }

    /// <summary>The first entry; only while there is one.</summary>
    public MemoryNode First => _slots[0].Node;

    /// <summary>The key of the first entry.</summary>
    public TKey FirstKey => _slots[0].Key;

    public void Add(MemoryNode node, TKey key)
    {
        // By a quarter: what is not used of it is memory that no budget counts.
        if (Count == _slots.Length) Array.Resize(ref _slots, Math.Max(SmallestRoom, Count + (Count / 4)));
        Rise(Count++, (key, node));
    }

    public void Remove(MemoryNode node)
    {
        var at = place(node);
        var last = _slots[--Count];
        _slots[Count] = default;
        if (at < Count) Put(at, last);
    }

    /// <summary>Gives an entry another key.</summary>
    public void Move(MemoryNode node, TKey key) => Put(place(node), (key, node));

    /// <summary>Gives all entries one key: from then on the one that was stored first is the first.</summary>
    /// <returns>The entries.</returns>
    public IEnumerable<MemoryNode> Level(TKey key)
    {
        var all = _slots.AsSpan(0, Count);
        all.Sort(static (one, other) => one.Node.Number.CompareTo(other.Node.Number));
        for (var at = 0; at < all.Length; at++) Set(at, (key, all[at].Node));
        return _slots.Take(Count).Select(slot => slot.Node);
    }

    private void Put(int at, (TKey Key, MemoryNode Node) item)
    {
        if (at > 0 && IsBefore(item, _slots[(at - 1) / Arity])) Rise(at, item);
        else Sink(at, item);
    }

    private void Rise(int at, (TKey Key, MemoryNode Node) item)
    {
        while (at > 0 && (at - 1) / Arity is var parent && IsBefore(item, _slots[parent]))
        {
            Set(at, _slots[parent]);
            at = parent;
        }

        Set(at, item);
    }

    private void Sink(int at, (TKey Key, MemoryNode Node) item)
    {
        for (int first; (first = (at * Arity) + 1) < Count;)
        {
            var least = first;
            for (var child = first + 1; child < Math.Min(first + Arity, Count); child++)
            {
                if (IsBefore(_slots[child], _slots[least])) least = child;
            }

            if (!IsBefore(_slots[least], item)) break;
            Set(at, _slots[least]);
            at = least;
        }

        Set(at, item);
    }

    private void Set(int at, (TKey Key, MemoryNode Node) item)
    {
        _slots[at] = item;
        place(item.Node) = at;
    }

    private static bool IsBefore((TKey Key, MemoryNode Node) one, (TKey Key, MemoryNode Node) other) =>
        one.Key.CompareTo(other.Key) is var order && (order < 0 || (order == 0 && one.Node.Number < other.Node.Number));
}
