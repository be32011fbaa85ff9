namespace IslGateway.Caching.Tiers;

/// <summary>
/// Says which entry makes room: first those whose freshness has ended, then the one that is worth least. The README tells why so.
/// <code>
///   worth   = age + reuse × seconds ÷ bytes    ; greatest for what spares ISL most, each byte of memory
///   reuse   = hits + ½                         ; 127½ at most
///   seconds = what ISL took for the answer     ; a millisecond at least
///   age     = what the entries that went have raised it to when the worth was reckoned: each up to its own worth, and by no more than
///             its seconds ÷ bytes of the whole tier
/// </code>
/// Hits are counted on the entries, and reckoned in when an entry would be the next to go. Not thread-safe.
/// </summary>
internal sealed class WorthQueue
{
    /// <summary>
    /// Entries that are reckoned anew for one that goes: so many hits may have been counted since the last one went that all would be.
    /// </summary>
    private const int MostReckoned = 64;

    /// <summary>What an entry that nobody has asked for again counts as, in hits.</summary>
    private const double Newcomer = 0.5;

    /// <summary>How many times more ISL's seconds for each byte must be for another kind of computation.</summary>
    private const double DearerKind = 16;

    private const double LeastSeconds = 0.001;

    private readonly NodeHeap<double> _byWorth = new(static node => ref node.WorthPlace);
    private readonly NodeHeap<long> _byEnd = new(static node => ref node.EndPlace);
    private readonly EvictedReuse _evicted = new();
    private double _age;

    public int Count => _byWorth.Count;

    /// <summary>Adds an entry. What it replaces, or what it was before it last made room, counts as its own hits.</summary>
    /// <param name="node">The entry.</param>
    /// <param name="replaced">The entry that it replaces, already removed.</param>
    public void Add(MemoryNode node, MemoryNode? replaced = null)
    {
        replaced?.CountHits();
        node.Reuse = replaced?.Reuse ?? _evicted.Recall(node.Key);
        _byWorth.Add(node, WorthOf(node));
        _byEnd.Add(node, node.FreshUntil);
    }

    public void Remove(MemoryNode node)
    {
        _byWorth.Remove(node);
        _byEnd.Remove(node);
    }

    /// <summary>Reckons an entry anew whose size has changed.</summary>
    public void Reckon(MemoryNode node)
    {
        node.CountHits();
        _byWorth.Move(node, WorthOf(node));
    }

    /// <summary>
    /// Forgets what all entries are worth, since most of them are out of reach now; those that are asked for again show that anew.
    /// </summary>
    public void Outdate()
    {
        foreach (var node in _byWorth.Level(_age))
        {
            node.CountHits();
            node.Reuse = 0;
        }

        _evicted.Clear();
    }

    /// <summary>The entry that is worth least and would make room; null if one goes whose freshness has ended, or there is none.</summary>
    public MemoryNode? Next(long now)
    {
        if (Count == 0 || _byEnd.FirstKey <= now) return null;
        ReckonFirst();
        return _byWorth.First;
    }

    /// <summary>Removes and returns the entry that makes room; only while there is one.</summary>
    /// <param name="now">A timestamp.</param>
    /// <param name="limit">Bytes that the memory tier may hold.</param>
    /// <param name="newcomer">The entry that needs the room, where it is a new one.</param>
    /// <returns>
    /// The newcomer, which is in no queue, if a short computation would displace a long one, or a stale answer a fresh one.
    /// </returns>
    public MemoryNode Evict(long now, long limit, MemoryNode? newcomer = null)
    {
        _evicted.FitTo(limit);
        if (_byEnd.FirstKey <= now) return Take(_byEnd.First);
        if (newcomer?.FreshUntil <= now) return newcomer;
        ReckonFirst();
        var least = _byWorth.FirstKey;
        var victim = newcomer is not null && IsOutOfReach(newcomer) ? newcomer : Take(_byWorth.First);
        _age = Math.Max(_age, Math.Min(least, _age + (SecondsOf(victim) / limit)));
        return victim;
    }

    /// <summary>
    /// Whether all entries are of a dearer kind than a newcomer, and worth more than it could ever be. Short of that it gets its place, and
    /// has to show whether it is asked for again.
    /// </summary>
    private bool IsOutOfReach(MemoryNode newcomer)
    {
        var rate = RateOf(newcomer);
        return RateOf(_byWorth.First) > rate * DearerKind && _byWorth.FirstKey > _age + (rate * (MemoryNode.MostReuse + Newcomer));
    }

    private void ReckonFirst()
    {
        for (var i = 0; i < MostReckoned && _byWorth.First is var first && first.CountHits(); i++) _byWorth.Move(first, WorthOf(first));
    }

    private MemoryNode Take(MemoryNode node)
    {
        Remove(node);
        node.CountHits();
        _evicted.Remember(node.Key, node.Reuse);
        return node;
    }

    private double WorthOf(MemoryNode node) => _age + (RateOf(node) * (node.Reuse + Newcomer));

    /// <summary>Seconds of ISL that a hit spares, for each byte.</summary>
    private static double RateOf(MemoryNode node) => SecondsOf(node) / Math.Max(1, node.Size);

    private static double SecondsOf(MemoryNode node) => Math.Max(LeastSeconds, node.Answer.UpstreamDuration.TotalSeconds);
}
