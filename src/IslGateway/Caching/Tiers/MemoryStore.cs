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
/// The tier inside the process, bounded in bytes by <c>Cache:Memory:SizeLimit</c>, which a reload may change: the next insert heeds it.
/// A hit takes no lock. Thread-safe.
/// </summary>
internal sealed class MemoryStore
{
    private readonly ConcurrentDictionary<Digest, SieveNode> _entries = new();
    private readonly SieveQueue _queue = new();
    private readonly Lock _gate = new();
    private readonly SettingsMonitor _settings;
    private readonly TimeProvider _time;
    private readonly Gauge.Child _entriesGauge;
    private readonly Gauge.Child _bytesGauge;
    private long _bytes;
    private long _kept;

    public MemoryStore(SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time)
    {
        _settings = settings;
        _time = time;
        _entriesGauge = metrics.CacheEntries.WithLabels("memory");
        _bytesGauge = metrics.CacheBytes.WithLabels("memory");
        _entriesGauge.Set(0);
        _bytesGauge.Set(0);
    }

    /// <summary>What the entries count for by <see cref="StoredAnswer.Size"/>; at most the limit of the last insert.</summary>
    public long Bytes => Volatile.Read(ref _bytes);

    public int Entries
    {
        get
        {
            lock (_gate) return _queue.Count;
        }
    }

    /// <summary>The number of the entry that was kept last.</summary>
    public long LastKept => Volatile.Read(ref _kept);

    /// <summary>Finds an entry that is still to be kept; one that has outlived <see cref="StoredAnswer.KeepFor"/> is dropped.</summary>
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

    /// <summary>Whether an entry is there and is this very answer.</summary>
    public bool Holds(Digest key, StoredAnswer answer) => _entries.TryGetValue(key, out var node) && ReferenceEquals(node.Answer, answer);

    /// <summary>
    /// Keeps an answer in place of any older one, making room first. What is larger than the whole limit is not kept, nor is the
    /// answer that it would have replaced.
    /// </summary>
    /// <param name="key">Where to find it.</param>
    /// <param name="answer">What to keep.</param>
    /// <param name="row">The row whose purge takes it away.</param>
    public void Set(Digest key, StoredAnswer answer, EndpointRow? row = null)
    {
        lock (_gate) Keep(key, answer, row);
    }

    /// <summary>Keeps an answer that was computed elsewhere, unless the one that is here is as new.</summary>
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

    /// <summary>Removes an entry, unless it is no longer the given instance.</summary>
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
    /// Gives back what the entries of a row take, or all entries; those kept later stay. It may run while the store is in use.
    /// </summary>
    /// <param name="last"><see cref="LastKept"/> at the moment that matters.</param>
    /// <param name="row">Whose entries; null: all.</param>
    public void RemoveUpTo(long last, EndpointRow? row)
    {
        foreach (var (key, node) in _entries)
        {
            if (node.Number <= last && (row is null || ReferenceEquals(node.Row, row))) Remove(key, node.Answer);
        }
    }

    /// <summary>An entry holds more than when it came; others make room for that.</summary>
    public void Grew(SieveNode node, long bytes)
    {
        lock (_gate)
        {
            if (!_entries.TryGetValue(node.Key, out var here) || !ReferenceEquals(here, node)) return;
            node.Size += bytes;
            Volatile.Write(ref _bytes, _bytes + bytes);
            var limit = _settings.Current.Cache.Memory.SizeLimit;
            while (_bytes > limit && _queue.Evict() is { } victim) Uncount(victim);
            Report();
        }
    }

    private bool IsUsable(StoredAnswer answer) => answer.Remaining(_time) > TimeSpan.Zero;

    private void Keep(Digest key, StoredAnswer answer, EndpointRow? row)
    {
        var node = new SieveNode(key, answer, row, Interlocked.Increment(ref _kept)) { Store = this };
        answer.Keeper = node;
        var limit = _settings.Current.Cache.Memory.SizeLimit;
        if (_entries.TryGetValue(key, out var old))
        {
            // A refreshed entry is as much in use as it was before.
            if (old.Visited) node.Visit();
            Drop(old);
        }

        if (node.Size <= limit)
        {
            while (_bytes + node.Size > limit && _queue.Evict() is { } victim) Uncount(victim);
            _queue.Add(node);
            _entries[key] = node;
            Volatile.Write(ref _bytes, _bytes + node.Size);
        }

        Report();
    }

    private void Drop(SieveNode node)
    {
        _queue.Remove(node);
        Uncount(node);
    }

    private void Uncount(SieveNode node)
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
