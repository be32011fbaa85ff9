namespace IslGateway.Redis;

/// <summary>
/// What Redis has not acknowledged: it stays, and is sent again until it has been. What is added again while it is sent has another
/// version, and stays. Thread-safe.
/// </summary>
/// <typeparam name="TKey">What is changed.</typeparam>
/// <typeparam name="TChange">To what.</typeparam>
internal sealed class Outbox<TKey, TChange> where TKey : notnull
{
    private readonly Lock _gate = new();
    private readonly Dictionary<TKey, (long Version, TChange Change)> _pending = [];
    private long _version;
    private long _acknowledged;

    /// <summary>The version of the latest addition.</summary>
    public long Version
    {
        get { lock (_gate) return _version; }
    }

    /// <summary>What waits.</summary>
    public IReadOnlyList<(TKey Key, long Version, TChange Change)> Pending
    {
        get { lock (_gate) return [.. _pending.Select(one => (one.Key, one.Value.Version, one.Value.Change))]; }
    }

    public bool IsEmpty
    {
        get { lock (_gate) return _pending.Count == 0; }
    }

    /// <summary>The version that waits; 0 if none does.</summary>
    public long VersionOf(TKey key)
    {
        lock (_gate) return _pending.TryGetValue(key, out var pending) ? pending.Version : 0;
    }

    public bool Contains(TKey key) => VersionOf(key) > 0;

    /// <summary>Adds changes as one.</summary>
    /// <param name="keys">What is changed.</param>
    /// <param name="change">The new change, given the one that waits; that is the default if none does.</param>
    /// <returns>The version to ask <see cref="IsAcknowledged"/> about.</returns>
    public long Add(IReadOnlyList<TKey> keys, Func<TChange?, TChange> change)
    {
        lock (_gate)
        {
            _version++;
            foreach (var key in keys) _pending[key] = (_version, change(_pending.GetValueOrDefault(key).Change));
            return _version;
        }
    }

    /// <summary>One change takes the place of all, once there are more than so many.</summary>
    public void Collapse(int limit, TKey key, Func<IEnumerable<TChange>, TChange> change)
    {
        lock (_gate)
        {
            if (_pending.Count <= limit) return;
            var all = change(_pending.Values.Select(one => one.Change));
            _pending.Clear();
            _pending[key] = (_version, all);
        }
    }

    /// <summary>No longer to be sent.</summary>
    public void Withdraw(TKey key)
    {
        lock (_gate) _pending.Remove(key);
    }

    /// <summary>Redis has acknowledged everything that was added up to a version.</summary>
    public void Acknowledge(long version)
    {
        lock (_gate)
        {
            foreach (var (key, pending) in _pending)
            {
                if (pending.Version <= version) _pending.Remove(key);
            }

            if (_acknowledged < version) _acknowledged = version;
        }
    }

    /// <summary>Whether everything up to a version has been acknowledged.</summary>
    public bool IsAcknowledged(long version)
    {
        lock (_gate) return version <= _acknowledged;
    }
}
