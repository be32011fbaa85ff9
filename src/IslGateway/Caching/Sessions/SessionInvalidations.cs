using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// Users whose tokens are to be replaced in Redis. Bounded: past a number of users, everyone's token stands for them all. Thread-safe.
/// </summary>
internal sealed class SessionInvalidations(ISessionRaises redis, KeyComposer keys)
{
    private const int MaxUsers = 1_024;

    // Whether ISL may yet apply the update.
    private readonly Outbox<Digest, bool> _outbox = new();
    private readonly Lock _gate = new();
    private TimeSpan _unsettledFor;

    /// <summary>The latest addition.</summary>
    public long Version => _outbox.Version;

    public bool AreEmpty => _outbox.IsEmpty;

    /// <summary>Adds raises.</summary>
    /// <param name="users">Whose.</param>
    /// <param name="unsettledFor">How long ISL may yet apply the update; zero: it has ended.</param>
    /// <returns>The version to ask <see cref="AreAcknowledged"/> about.</returns>
    public long Add(IReadOnlyList<Digest> users, TimeSpan unsettledFor)
    {
        lock (_gate)
        {
            if (unsettledFor > _unsettledFor) _unsettledFor = unsettledFor;
        }

        var version = _outbox.Add(users, isUnsettled => isUnsettled || unsettledFor > TimeSpan.Zero);
        _outbox.Collapse(MaxUsers, SessionVersions.Everyone, static all => all.Any(isUnsettled => isUnsettled));
        return version;
    }

    /// <summary>Whether everything up to that addition has been written.</summary>
    public bool AreAcknowledged(long version) => _outbox.IsAcknowledged(version);

    /// <summary>Whether a raise that concerns the user is not acknowledged.</summary>
    public bool AwaitsAny(Digest user) => _outbox.Contains(user) || _outbox.Contains(SessionVersions.Everyone);

    /// <summary>Makes all raises that are not acknowledged.</summary>
    /// <param name="isAwaited">Whether an update waits for it.</param>
    /// <returns>Whether none is left.</returns>
    public async Task<bool> ReplayAsync(bool isAwaited)
    {
        var pending = _outbox.Pending;
        if (pending.Count == 0) return true;
        var (secret, names) = keys.Conceal([.. pending.Select(raise => raise.Key)]);
        var raises = pending.Select((raise, i) => new SessionRaise(raise.Key == SessionVersions.Everyone ? null : names[i], raise.Change));
        if (!await redis.RaiseAsync(secret, [.. raises], UnsettledFor(), isAwaited)) return false;
        _outbox.Acknowledge(pending.Max(raise => raise.Version));
        return AreEmpty;
    }

    private TimeSpan UnsettledFor()
    {
        lock (_gate) return _unsettledFor;
    }
}
