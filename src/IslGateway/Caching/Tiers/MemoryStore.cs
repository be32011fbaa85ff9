using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;
using Prometheus;

namespace IslGateway.Caching.Tiers;

/// <summary>
/// The tier inside the process, limited in bytes by <c>Cache:Memory:SizeLimit</c>; a reloaded limit takes effect at the next insert. What
/// makes room is for <see cref="WorthQueue"/> to say. A hit takes no lock. Thread-safe.
/// </summary>
internal sealed class MemoryStore
{
    private readonly ConcurrentDictionary<Digest, MemoryNode> _entries = new();
    private readonly WorthQueue _queue = new();
    private readonly EvictedGarbage _garbage = new();
    private readonly Lock _gate = new();
    private readonly SettingsMonitor _settings;
    private readonly TimeProvider _time;
    private readonly Gauge.Child _entriesGauge;
    private readonly Gauge.Child _bytesGauge;
    private readonly Counter.Child _evictedStale;
    private readonly Counter.Child _evictedForWorth;
    private readonly Counter.Child _refused;
    private long _bytes;
    private long _kept;
    private long _gone;

    public MemoryStore(SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        _entriesGauge = metrics.CacheEntries.WithLabels("memory");
        _bytesGauge = metrics.CacheBytes.WithLabels("memory");
        _evictedStale = metrics.CacheEvictions.WithLabels("stale");
        _evictedForWorth = metrics.CacheEvictions.WithLabels("worth");
        _refused = metrics.CacheEvictions.WithLabels("refused");
        _entriesGauge.Set(0);
        _bytesGauge.Set(0);
    }

    /// <summary>The sum of the entries' <see cref="StoredAnswer.Size"/>; at most the limit at the last insert.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public int Entries
    {
        get
        {
            lock (_gate) return _queue.Count;
        }
    }

    /// <summary>Entries that have gone for want of memory, and new ones that were not kept.</summary>
    public long Evicted => Volatile.Read(ref _gone);

    /// <summary>The number of the entry that was stored last.</summary>
    public long LastKept => Volatile.Read(ref _kept);

    /// <summary>Finds an entry; one that has outlived <see cref="StoredAnswer.KeepFor"/> is removed instead.</summary>
    public bool TryGet(Digest key, [NotNullWhen(true)] out StoredAnswer? answer)
    {
        if (!_entries.TryGetValue(key, out var node))
        {
            answer = null;
            return false;
        }

        if (!IsUsable(node.Answer))
        {
            Remove(key, node.Answer);
            answer = null;
            return false;
        }

        node.Visit();
        answer = node.Answer;
        return true;
    }

    /// <summary>Finds what <see cref="TryGet"/> would, and leaves no trace of having looked.</summary>
    public bool TryPeek(Digest key, [NotNullWhen(true)] out StoredAnswer? answer)
    {
        answer = _entries.TryGetValue(key, out var node) && IsUsable(node.Answer) ? node.Answer : null;
        return answer is not null;
    }

    /// <summary>
    /// Whether an answer that was stored here is still the one to share: it is here, or gone only because its room was needed, and no other
    /// has taken its place.
    /// </summary>
    public bool IsCurrent(Digest key, StoredAnswer answer) =>
        _entries.TryGetValue(key, out var node)
            ? ReferenceEquals(node.Answer, answer)
            : answer.Keeper is MemoryNode { LeftForRoom: true };

    /// <summary>
    /// Stores an answer in place of any older one, after making room. One for which only what is worth far more could go, or that is larger
    /// than the whole limit, is not stored, and the one that it would have replaced is removed.
    /// </summary>
    /// <param name="key">Its key.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="row">The row whose purge removes it.</param>
    /// <returns>Whether it is stored.</returns>
    public bool Set(Digest key, StoredAnswer answer, EndpointRow? row = null)
    {
        lock (_gate) return Keep(key, answer, row);
    }

    /// <summary>Stores an answer that came from elsewhere, unless the stored one is as new.</summary>
    /// <returns>The newer of the two.</returns>
    public StoredAnswer Offer(Digest key, StoredAnswer answer, EndpointRow row)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(key, out var here)
                && here.Answer.CompletedAt >= answer.CompletedAt && IsUsable(here.Answer)) return here.Answer;
            Keep(key, answer, row);
            return answer;
        }
    }

    /// <summary>Removes an entry if it still is the given instance.</summary>
    public bool Remove(Digest key, StoredAnswer expected)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out var node) || !ReferenceEquals(node.Answer, expected)) return false;
            Drop(node);
            Report();
            return true;
        }
    }

    /// <summary>
    /// Removes the entries of a row, or all, and keeps those stored after <paramref name="last"/>. May run while the store is in use.
    /// </summary>
    /// <param name="last">The value of <see cref="LastKept"/> up to which entries are removed.</param>
    /// <param name="row">The row; null: every row.</param>
    public void RemoveUpTo(long last, EndpointRow? row)
    {
        foreach (var (key, node) in _entries)
        {
            if (node.Number <= last && (row is null || ReferenceEquals(node.Row, row))) Remove(key, node.Answer);
        }
    }

    /// <summary>
    /// ISL has another configuration: what is stored makes room before what comes, unless it is asked for again. Nothing is removed.
    /// </summary>
    public void Outdate()
    {
        lock (_gate) _queue.Outdate();
    }

    /// <summary>An entry holds more or less than before; others, or it, make room for more.</summary>
    public void Changed(MemoryNode node)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(node.Key, out var here) || !ReferenceEquals(here, node)) return;
            Recount(node);
            var limit = _settings.Current.Cache.Memory.SizeLimit;
            while (_bytes > limit)
            {
                if (!TrySpare()) Uncount(Evict(limit));
            }

            Report();
        }
    }

    private bool IsUsable(StoredAnswer answer) => answer.Remaining(_time) > TimeSpan.Zero;

    private bool Keep(Digest key, StoredAnswer answer, EndpointRow? row)
    {
        var node = new MemoryNode(key, answer, row, Interlocked.Increment(ref _kept)) { Store = this, FreshUntil = EndOf(answer) };
        answer.Keeper = node;
        if (_entries.TryGetValue(key, out var old)) Drop(old);
        var fits = MakeRoomFor(node, old);
        if (fits)
        {
            _entries[key] = node;
            Volatile.Write(ref _bytes, _bytes + node.Size);
        }

        Report();
        return fits;
    }

    /// <summary>Takes an entry into the queue, after others have made room. False if it is worth too little for that.</summary>
    private bool MakeRoomFor(MemoryNode node, MemoryNode? replaced)
    {
        var limit = _settings.Current.Cache.Memory.SizeLimit;
        var fits = node.Size <= limit;
        while (fits && _bytes + node.Size > limit)
        {
            if (TrySpare()) continue;
            var victim = Evict(limit, node);
            fits = victim != node;
            if (fits) Uncount(victim);
        }

        if (fits) _queue.Add(node, replaced);
        else node.LeftForRoom = true;
        return fits;
    }

    private MemoryNode Evict(long limit, MemoryNode? newcomer = null)
    {
        var now = _time.GetTimestamp();
        var victim = _queue.Evict(now, limit, newcomer);
        victim.LeftForRoom = true;
        Volatile.Write(ref _gone, _gone + 1);
        if (victim != newcomer) _garbage.Add(victim.Size, limit);
        (victim == newcomer ? _refused : victim.FreshUntil <= now ? _evictedStale : _evictedForWorth).Inc();
        return victim;
    }

    /// <summary>Before an entry goes, the one of two forms of its body goes that was not asked for last.</summary>
    private bool TrySpare()
    {
        if (_queue.Next(_time.GetTimestamp()) is not { } next || !next.Answer.LetOneGo()) return false;
        Recount(next);
        return true;
    }

    private void Recount(MemoryNode node)
    {
        var size = node.Answer.Size;
        Volatile.Write(ref _bytes, _bytes + size - node.Size);
        node.Size = size;
        _queue.Reckon(node);
    }

    private long EndOf(StoredAnswer answer) =>
        answer.CompletedAt + (long)(answer.Lifetime.Ttl.TotalSeconds * _time.TimestampFrequency);

    private void Drop(MemoryNode node)
    {
        _queue.Remove(node);
        Uncount(node);
    }

    private void Uncount(MemoryNode node)
    {
        _entries.TryRemove(node.Key, out _);
        Volatile.Write(ref _bytes, _bytes - node.Size);
    }

    private void Report()
    {
        _entriesGauge.Set(_queue.Count);
        _bytesGauge.Set(_bytes);
    }
}
