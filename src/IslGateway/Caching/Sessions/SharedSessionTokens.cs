using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// Tokens in Redis, read from the primary at every lookup, so that an update that passed any gateway counts at all of them: see
/// <see cref="Membership"/>. One that was evicted, flushed or damaged is replaced by a fresh one, which can only lose hits.
/// </summary>
internal sealed class SharedSessionTokens(
    RedisSessions redis, RedisConnection connection, SessionInvalidations invalidations, Membership membership,
    KeyComposer keys, TimeProvider time)
    : ISessionTokens
{
    /// <summary>How often a held answer looks whether it may go.</summary>
    private static readonly TimeSpan SettleInterval = TimeSpan.FromMilliseconds(20);

    public bool AreShared => true;

    public ValueTask<SessionTokens?> ReadAsync(Digest user, RedisPatience? asker, CancellationToken cancellationToken) =>
        ReadAsync(user, makesOne: true, asker, cancellationToken);

    public ValueTask<SessionTokens?> PeekAsync(Digest user, CancellationToken cancellationToken) =>
        ReadAsync(user, makesOne: false, asker: null, cancellationToken);

    public async ValueTask<bool> RaiseAsync(IReadOnlyList<Digest> users, TimeSpan unsettledFor)
    {
        var version = invalidations.Add(users, unsettledFor);
        await invalidations.ReplayAsync(isAwaited: true);
        return invalidations.AreAcknowledged(version);
    }

    public async Task SettleAsync()
    {
        // By another connection it may have been acknowledged by another server than the one that the others read.
        var version = invalidations.Version;
        while (!(invalidations.AreAcknowledged(version) && membership.IsHeard(connection.Breaks)) && !membership.HasLapsed)
            await Task.Delay(SettleInterval, time, CancellationToken.None);
    }

    private async ValueTask<SessionTokens?> ReadAsync(
        Digest user, bool makesOne, RedisPatience? asker, CancellationToken cancellationToken)
    {
        var breaks = connection.Breaks;
        if (!membership.IsIn(breaks) || invalidations.AwaitsAny(user)) return null;
        var (secret, names) = keys.Conceal([user]);
        var tokens = await redis.ReadAsync(membership.Name, secret, names[0], makesOne, asker, cancellationToken);

        // Another connection may have led to another server, or to the same with older data.
        return membership.IsIn(breaks) && connection.Breaks == breaks ? tokens : null;
    }
}
