using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Redis;
using StackExchange.Redis;

namespace IslGateway.Caching.Sessions;

/// <summary>Writes raises to Redis, those first that it has not acknowledged yet.</summary>
internal sealed class RedisRaises(RedisNames names, KeyComposer keys)
{
    /// <summary>Far longer than a session answer is fresh; a token that expires costs a miss.</summary>
    private static readonly TimeSpan TokenLife = TimeSpan.FromDays(1);

    public PendingRaises Pending { get; } = new();

    /// <summary>Writes all that is pending; throws what Redis says against it.</summary>
    /// <returns>Whether nothing was added meanwhile.</returns>
    public async Task<bool> ReplayAsync(IDatabase database)
    {
        var raises = Pending.Snapshot();

        // Marks are there before the tokens: nobody may read a new token that an abandoned update could still make wrong.
        if (raises.Marks.Count > 0)
            await Task.WhenAll(raises.Marks.Select(user => MarkAsync(database, names.Unsettled(keys.Conceal(user)), raises.MarkLife)));
        if (raises.Tokens.Count > 0)
            await Task.WhenAll(raises.Tokens.Select(user => SetAsync(database, names.Belief(keys.Conceal(user)), Digest.Random(), When.Always)));
        Pending.Acknowledge(raises);
        return Pending.IsEmpty;
    }

    /// <summary>Writes one token.</summary>
    public static Task<bool> SetAsync(IDatabase database, string name, Digest token, When when)
    {
        var content = new byte[Digest.Size];
        token.CopyTo(content);
        return database.StringSetAsync(name, RedisRecord.Encode(name, content), TokenLife, when, CommandFlags.DemandMaster);
    }

    private static Task<bool> MarkAsync(IDatabase database, string name, TimeSpan life) =>
        database.StringSetAsync(name, RedisRecord.Encode(name, []), life, When.Always, CommandFlags.DemandMaster);
}
