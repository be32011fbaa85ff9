using System.Buffers.Binary;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;
using StackExchange.Redis;

namespace IslGateway.Caching.Credentials;

/// <summary>
/// Proofs in Redis, so that restarts and other gateways need not ask ISL again. A record says how long it was to live, and Redis says how much
/// of that is left: a proof's age is told by one clock, Redis's own. A record of the same kind that stands for all says since when proofs count.
/// </summary>
internal sealed class SharedProofs(RedisGate redis, RedisNames names, RedisTroubles troubles, SettingsMonitor settings)
{
    private static readonly TimeSpan ShortestLife = TimeSpan.FromMilliseconds(1);

    /// <summary>The age of a credential's proof; null if there is none, or it cannot be told.</summary>
    public async ValueTask<TimeSpan?> FindAsync(Credential credential, RedisPatience? asker, CancellationToken cancellationToken)
    {
        if (!redis.IsConfigured) return null;
        var reply = await redis.AskAsync(database => FindAsync(database, credential.Digest), asker, cancellationToken);
        return reply.Value;
    }

    /// <summary>The same, as a part of other commands.</summary>
    public async Task<TimeSpan?> FindAsync(IDatabase database, Digest credential)
    {
        var (proof, all) = (AgeAsync(database, names.Proof(credential)), AgeAsync(database, names.Proofs));
        return await all is { } since && await proof >= since ? null : await proof;
    }

    /// <summary>Whether there is a proof, of any age.</summary>
    public Task<bool> ExistsAsync(IDatabase database, Digest credential) => database.KeyExistsAsync(names.Proof(credential), CommandFlags.DemandMaster);

    /// <summary>Writes a proof of an age; nobody waits for it.</summary>
    public void Share(Credential credential, TimeSpan age) => redis.Tell(database => SetAsync(database, names.Proof(credential.Digest), age));

    /// <summary>No proof so far counts, at any gateway.</summary>
    public Task WithdrawAllAsync(IDatabase database) => SetAsync(database, names.Proofs, TimeSpan.Zero);

    /// <summary>Removes a proof; nobody waits for it.</summary>
    public void Remove(Digest credential)
    {
        var name = names.Proof(credential);
        redis.Tell(database => database.KeyDeleteAsync(name, CommandFlags.DemandMaster));
    }

    private Task SetAsync(IDatabase database, string name, TimeSpan age)
    {
        var life = settings.Current.Credentials.StaleProof;
        if (life - age < ShortestLife) return Task.CompletedTask;
        var content = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(content, (long)life.TotalMilliseconds);
        return database.StringSetAsync(name, RedisRecord.Encode(name, content), new Expiration(life - age), When.Always, CommandFlags.DemandMaster);
    }

    /// <summary>The age of a record; null if there is none. What stands in its place and is none goes.</summary>
    private async Task<TimeSpan?> AgeAsync(IDatabase database, string name)
    {
        try
        {
            var read = await database.StringGetWithExpiryAsync(name, CommandFlags.DemandMaster);
            if (read.Value.IsNull) return null;
            if (read.Expiry is { } left && LifeOf(name, (byte[])read.Value!) is { } life) return life - left;
        }
        catch (Exception e) when (RedisTroubles.Of(e) == RedisTrouble.Garbage)
        {
            // Of a wrong type.
        }

        troubles.Count(RedisTrouble.Garbage);
        await database.KeyDeleteAsync(name, CommandFlags.DemandMaster);
        return null;
    }

    private static TimeSpan? LifeOf(string name, byte[] record) => RedisRecord.TryDecode(name, record, out var content) && content.Length == sizeof(long)
        ? TimeSpan.FromMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(content)) : null;
}
