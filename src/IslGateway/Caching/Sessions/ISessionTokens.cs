using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.Caching.Sessions;

/// <summary>Where the tokens for users' beliefs live: in this process, or in the Redis that gateways share.</summary>
internal interface ISessionTokens
{
    /// <summary>Whether every gateway sees the same tokens.</summary>
    bool AreShared { get; }

    /// <summary>
    /// The tokens that stand now, each made anew if there is none. Null when the user may not be given a session answer: they cannot be
    /// read, the user is unsettled, a raise is not yet acknowledged, or another gateway may hold back one that is not.
    /// </summary>
    ValueTask<SessionTokens?> ReadAsync(Digest user, RedisPatience? asker, CancellationToken cancellationToken);

    /// <summary>The same, but a token that there is not is not made: it is all zeros, and nothing is stored under it.</summary>
    ValueTask<SessionTokens?> PeekAsync(Digest user, CancellationToken cancellationToken);

    /// <summary>Replaces the tokens of these users. Never throws; a raise that is not acknowledged is remembered and made up for.</summary>
    /// <param name="users">Whose tokens.</param>
    /// <param name="unsettledFor">
    /// How long ISL may yet apply an update that it left unanswered: so long the users stay unsettled. Zero: not at all.
    /// </param>
    /// <returns>Whether the raise is acknowledged: it holds at every gateway.</returns>
    ValueTask<bool> RaiseAsync(IReadOnlyList<Digest> users, TimeSpan unsettledFor);

    /// <summary>
    /// Waits until every raise so far holds at every gateway: acknowledged, or this gateway so long unheard of that the others serve no
    /// session answers. At most <see cref="Membership.Lapse"/> from the loss of Redis.
    /// </summary>
    Task SettleAsync();
}
