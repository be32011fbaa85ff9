using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.Caching.Sessions;

/// <summary>Where belief tokens live: in this process, or in the Redis that gateways share.</summary>
internal interface IBeliefTokens
{
    /// <summary>Whether every gateway sees the same tokens.</summary>
    bool AreShared { get; }

    /// <summary>
    /// The tokens that stand now for these names, each made anew if there is none. Null when nobody may be given a session answer: they cannot
    /// be read, a name is unsettled, a raise is not yet acknowledged, or another gateway may hold back one that is not.
    /// </summary>
    ValueTask<Digest[]?> ReadAsync(IReadOnlyList<Digest> names, RedisPatience? asker, CancellationToken cancellationToken);

    /// <summary>Replaces the tokens of these names. Never throws; a raise that is not acknowledged is remembered and made up for.</summary>
    /// <param name="names">Whose tokens.</param>
    /// <param name="unsettledFor">How long ISL may yet apply an update that it left unanswered: so long the names stay unsettled. Zero: not at all.</param>
    /// <returns>Whether the raise is acknowledged: it holds at every gateway.</returns>
    ValueTask<bool> RaiseAsync(IReadOnlyList<Digest> names, TimeSpan unsettledFor);

    /// <summary>
    /// Waits until every raise so far holds at every gateway: acknowledged, or this gateway so long unheard of that the others serve no session
    /// answers. At most <see cref="GatewayRoll.Lapse"/> from the loss of Redis.
    /// </summary>
    Task SettleAsync();
}
