using IslGateway.Content;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// Raises that Redis has not acknowledged. A replay writes all of them, so one version tells which are through. Bounded: past a number of
/// users, everyone's token stands for them all.
/// </summary>
internal sealed class PendingRaises
{
    private const int MaxUsers = 1_024;

    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, long> _tokens = [];
    private readonly Dictionary<Digest, long> _marks = [];
    private TimeSpan _markLife;
    private long _version;
    private long _acknowledged;

    /// <summary>The latest addition.</summary>
    public long Version
    {
        get { lock (_gate) return _version; }
    }

    public bool IsEmpty
    {
        get { lock (_gate) return _tokens.Count == 0 && _marks.Count == 0; }
    }

    /// <summary>Adds raises.</summary>
    /// <param name="users">Whose.</param>
    /// <param name="unsettledFor">How long ISL may yet apply the update; zero: it has ended.</param>
    /// <returns>The version to ask <see cref="IsAcknowledged"/> about.</returns>
    public long Add(IReadOnlyList<Digest> users, TimeSpan unsettledFor)
    {
        lock (_gate)
        {
            _version++;
            Add(_tokens, users);
            if (unsettledFor <= TimeSpan.Zero) return _version;
            Add(_marks, users);
            if (unsettledFor > _markLife) _markLife = unsettledFor;
            return _version;
        }
    }

    /// <summary>Whether everything up to that addition has been written.</summary>
    public bool IsAcknowledged(long version)
    {
        lock (_gate) return version <= _acknowledged;
    }

    public RaisesToWrite Snapshot()
    {
        lock (_gate) return new RaisesToWrite(_version, [.. _tokens.Keys], [.. _marks.Keys], _markLife);
    }

    /// <summary>These were written; what was added again since then is still to do.</summary>
    public void Acknowledge(RaisesToWrite written)
    {
        lock (_gate)
        {
            Remove(_tokens, written.Tokens, written.Version);
            Remove(_marks, written.Marks, written.Version);
            if (_acknowledged < written.Version) _acknowledged = written.Version;
        }
    }

    private void Add(Dictionary<Digest, long> pending, IReadOnlyList<Digest> users)
    {
        foreach (var user in users) pending[user] = _version;
        if (pending.Count <= MaxUsers) return;
        pending.Clear();
        pending[BeliefVersions.Everyone] = _version;
    }

    private static void Remove(Dictionary<Digest, long> pending, IReadOnlyList<Digest> users, long version)
    {
        foreach (var user in users)
        {
            if (pending.TryGetValue(user, out var added) && added <= version) pending.Remove(user);
        }
    }
}
