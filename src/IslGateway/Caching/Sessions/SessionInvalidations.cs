using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// The outbox of raises: what Redis has not acknowledged stays and is made again. A replay makes all of them, so one version tells which
/// are through. Bounded: past a number of users, everyone's token stands for them all. Thread-safe.
/// </summary>
internal sealed class SessionInvalidations(ISessionRaises redis, KeyComposer keys)
{
    private const int MaxUsers = 1_024;

    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, (long Version, bool IsUnsettled)> _pending = [];
    private TimeSpan _unsettledFor;
    private long _version;
    private long _acknowledged;

    /// <summary>The latest addition.</summary>
    public long Version
    {
        get { lock (_gate) return _version; }
    }

    public bool AreEmpty
    {
        get { lock (_gate) return _pending.Count == 0; }
    }

    /// <summary>Adds raises.</summary>
    /// <param name="users">Whose.</param>
    /// <param name="unsettledFor">How long ISL may yet apply the update; zero: it has ended.</param>
    /// <returns>The version to ask <see cref="AreAcknowledged"/> about.</returns>
    public long Add(IReadOnlyList<Digest> users, TimeSpan unsettledFor)
    {
        lock (_gate)
        {
            _version++;
            if (unsettledFor > _unsettledFor) _unsettledFor = unsettledFor;
            foreach (var user in users) Add(user, unsettledFor > TimeSpan.Zero);
            if (_pending.Count <= MaxUsers) return _version;
            var isUnsettled = _pending.Values.Any(raise => raise.IsUnsettled);
            _pending.Clear();
            Add(SessionVersions.Everyone, isUnsettled);
            return _version;
        }
    }

    /// <summary>Whether everything up to that addition has been written.</summary>
    public bool AreAcknowledged(long version)
    {
        lock (_gate) return version <= _acknowledged;
    }

    /// <summary>Whether a raise that concerns the user is not acknowledged.</summary>
    public bool AwaitsAny(Digest user)
    {
        lock (_gate) return _pending.ContainsKey(user) || _pending.ContainsKey(SessionVersions.Everyone);
    }

    /// <summary>Makes all raises that are not acknowledged.</summary>
    /// <param name="isAwaited">Whether an update waits for it.</param>
    /// <returns>Whether none is left.</returns>
    public async Task<bool> ReplayAsync(bool isAwaited)
    {
        var (version, users, unsettledFor) = Snapshot();
        if (users.Count == 0) return true;
        var (secret, names) = keys.Conceal([.. users.Select(user => user.Key)]);
        var raises = users.Select((user, i) =>
            new SessionRaise(user.Key == SessionVersions.Everyone ? null : names[i], user.Value.IsUnsettled));
        if (!await redis.RaiseAsync(secret, [.. raises], unsettledFor, isAwaited)) return false;
        Acknowledge(version);
        return AreEmpty;
    }

    private (long Version, List<KeyValuePair<Digest, (long Version, bool IsUnsettled)>> Users, TimeSpan UnsettledFor) Snapshot()
    {
        lock (_gate) return (_version, [.. _pending], _unsettledFor);
    }

    /// <summary>So far all were written; what was added again since then is still to do.</summary>
    private void Acknowledge(long version)
    {
        lock (_gate)
        {
            foreach (var (user, raise) in _pending)
            {
                if (raise.Version <= version) _pending.Remove(user);
            }

            if (_acknowledged < version) _acknowledged = version;
        }
    }

    private void Add(Digest user, bool isUnsettled) =>
        _pending[user] = (_version, isUnsettled || (_pending.TryGetValue(user, out var before) && before.IsUnsettled));
}
