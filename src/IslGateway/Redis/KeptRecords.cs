using System.Globalization;
using IslGateway.Content;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// Kept requests in Redis: each under a name of its own, and a list of those of most worth, by which a gateway that has just started finds
/// them. All of it expires. Trouble with Redis throws nothing: what is lost is asked by its callers.
/// </summary>
internal sealed class KeptRecords(RedisGate redis, RedisNames names, RedisTroubles troubles, SettingsMonitor settings)
{
    /// <summary>Whether there is a Redis at all.</summary>
    public bool IsConfigured => redis.IsConfigured;

    /// <summary>The name in Redis of one.</summary>
    public string NameOf(Digest id) => names.Kept(id);

    /// <summary>Writes one.</summary>
    public async Task<bool> WriteAsync(Digest id, byte[] value, TimeSpan life, CancellationToken cancellationToken) =>
        (await redis.AskAsync(
            [NameOf(id)], database => database.StringSetAsync(NameOf(id), value, new Expiration(life)), Budget, cancellationToken)).Value;

    /// <summary>Puts some onto the list, in the order of their scores, and takes off those of the lowest.</summary>
    /// <param name="scores">Each with its score.</param>
    /// <param name="most">How many the list holds at most.</param>
    /// <param name="life">How long the list lives.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public Task ListAsync(IReadOnlyList<(Digest Id, double Score)> scores, int most, TimeSpan life, CancellationToken cancellationToken)
    {
        SortedSetEntry[] members = [.. scores.Select(one => new SortedSetEntry(one.Id.ToString(), one.Score))];
        return members.Length == 0 ? Task.CompletedTask : redis.AskAsync(
            [names.KeptList],
            async database =>
            {
                await database.SortedSetAddAsync(names.KeptList, members);
                await database.SortedSetRemoveRangeByRankAsync(names.KeptList, 0, -most - 1);
                return await database.KeyExpireAsync(names.KeptList, life);
            },
            Budget, cancellationToken).AsTask();
    }

    /// <summary>Those on the list, the highest score first; null if Redis could not be asked.</summary>
    public async Task<IReadOnlyList<Digest>?> ListedAsync(int most, CancellationToken cancellationToken)
    {
        var reply = await redis.AskAsync(
            [names.KeptList], database => database.SortedSetRangeByRankAsync(names.KeptList, 0, most - 1, Order.Descending), Budget,
            cancellationToken);
        if (reply.Trouble == RedisTrouble.Garbage) Remove(names.KeptList);
        return reply.Value is not { } members ? null : [.. members.Select(member => Parse(member)).OfType<Digest>()];
    }

    /// <summary>The bytes of one; null if it is not there.</summary>
    public async Task<byte[]?> ReadAsync(Digest id, CancellationToken cancellationToken) =>
        (await redis.AskAsync(
            [NameOf(id)], async database => (byte[]?)await database.StringGetAsync(NameOf(id)), Budget, cancellationToken)).Value;

    /// <summary>What stands there is none, or damaged: it goes, and is counted.</summary>
    public void Discard(Digest id, RedisTrouble trouble)
    {
        troubles.Count(trouble);
        Remove(NameOf(id));
    }

    private TimeSpan Budget => settings.Current.Cache.WriteBudget;

    private void Remove(string name) => redis.Tell(name, database => database.KeyDeleteAsync(name, CommandFlags.FireAndForget));

    private static Digest? Parse(RedisValue member)
    {
        var text = member.ToString();
        if (text.Length != 2 * Digest.Size) return null;
        var bytes = new byte[Digest.Size];
        for (var i = 0; i < bytes.Length; i++)
        {
            var digits = text.AsSpan(2 * i, 2);
            if (!byte.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[i])) return null;
        }

        return Digest.FromBytes(bytes);
    }
}
