using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Redis;
using StackExchange.Redis;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// Tokens in Redis, read from the primary at every lookup together with the roll of gateways (<see cref="GatewayRoll"/>), so that an update
/// that passed any gateway counts at all of them. A token that was evicted, flushed or damaged is replaced by a fresh one, never read as an
/// old one: that can only lose hits.
/// </summary>
internal sealed class RedisBeliefTokens(
    RedisGate redis, RedisNames names, RedisRaises raises, GatewayRoll roll, RedisRoll roster, KeyComposer keys, TimeProvider time)
    : IBeliefTokens
{
    /// <summary>How long an update waits for its raise to be acknowledged before it goes on without.</summary>
    private static readonly TimeSpan RaiseBudget = TimeSpan.FromMilliseconds(250);

    /// <summary>How often a held answer looks whether it may go.</summary>
    private static readonly TimeSpan SettleInterval = TimeSpan.FromMilliseconds(20);

    /// <summary>A read is repeated when another gateway has just come.</summary>
    private const int MaxRounds = 2;

    public bool AreShared => true;

    public async ValueTask<Digest[]?> ReadAsync(IReadOnlyList<Digest> users, RedisPatience? asker, CancellationToken cancellationToken)
    {
        if (!roster.IsEntered) return null;
        var reply = await redis.AskAsync(database => ReadAsync(database, users), asker, cancellationToken);
        return reply.Value;
    }

    public async ValueTask<bool> RaiseAsync(IReadOnlyList<Digest> users, TimeSpan unsettledFor)
    {
        var version = raises.Pending.Add(users, unsettledFor);
        await redis.AskAsync(raises.ReplayAsync, RaiseBudget, CancellationToken.None);
        return raises.Pending.IsAcknowledged(version);
    }

    public async Task SettleAsync()
    {
        // A raise that was acknowledged off the roll may have gone to another server than the one that the others read.
        var version = raises.Pending.Version;
        while (!(raises.Pending.IsAcknowledged(version) && roster.IsEntered) && !roll.HasLapsed)
            await Task.Delay(SettleInterval, time, CancellationToken.None);
    }

    private async Task<Digest[]?> ReadAsync(IDatabase database, IReadOnlyList<Digest> users)
    {
        if (!raises.Pending.IsEmpty && !await raises.ReplayAsync(database)) return null;
        for (var round = 0; round < MaxRounds; round++)
        {
            // One round trip, in this order: a gateway that shows a sign has raised what it owed before, and a mark is older than its token.
            var complete = roster.IsCompleteAsync(database);
            if (RedisTopology.KeepsNoOrder(database)) await complete;
            var tokens = Task.WhenAll(users.Select(user => TokenAsync(database, names.Belief(keys.Conceal(user)))));
            if (RedisTopology.KeepsNoOrder(database)) await tokens;
            var marks = Task.WhenAll(users.Select(user => IsMarkedAsync(database, names.Unsettled(keys.Conceal(user)))));
            await Task.WhenAll(complete, tokens, marks);

            if (complete.Result is null) continue;
            var known = tokens.Result.OfType<Digest>().ToArray();
            return complete.Result == true && !marks.Result.Contains(true) && known.Length == users.Count ? known : null;
        }

        return null;
    }

    /// <summary>The token of a name; a fresh one if there is none or a damaged one, unless another gateway was first.</summary>
    private static async Task<Digest?> TokenAsync(IDatabase database, string name)
    {
        var (isThere, content) = await GetAsync(database, name);
        if (content is { Length: Digest.Size }) return Digest.FromBytes(content);
        var fresh = Digest.Random();
        if (isThere) await database.KeyDeleteAsync(name, CommandFlags.DemandMaster);
        return await RedisRaises.SetAsync(database, name, fresh, When.NotExists) ? fresh : null;
    }

    /// <summary>Whether a name is unsettled. A damaged mark counts this once.</summary>
    private static async Task<bool> IsMarkedAsync(IDatabase database, string name)
    {
        var (isThere, content) = await GetAsync(database, name);
        if (isThere && content is null) await database.KeyDeleteAsync(name, CommandFlags.DemandMaster);
        return isThere;
    }

    private static async Task<(bool IsThere, byte[]? Content)> GetAsync(IDatabase database, string name)
    {
        try
        {
            var value = await database.StringGetAsync(name, CommandFlags.DemandMaster);
            return (!value.IsNull, !value.IsNull && RedisRecord.TryDecode(name, (byte[])value!, out var content) ? content.ToArray() : null);
        }
        catch (RedisServerException exception) when (RedisTroubles.Of(exception) == RedisTrouble.Garbage)
        {
            return (true, null);
        }
    }
}
