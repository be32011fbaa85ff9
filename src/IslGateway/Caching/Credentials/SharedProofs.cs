using System.Buffers.Binary;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Stores;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Caching.Credentials;

/// <summary>
/// Proofs in Redis, so that restarts and other gateways need not ask ISL again. A record says how long it was to live, and Redis says how much
/// of that is left: a proof's age is told by one clock, Redis's own.
/// </summary>
internal sealed class SharedProofs(RedisGate redis, RedisNames names, RedisTroubles troubles, SettingsMonitor settings)
{
    private static readonly TimeSpan ShortestLife = TimeSpan.FromMilliseconds(1);

    /// <summary>The age of a credential's proof; null if there is none, or it cannot be told.</summary>
    public async ValueTask<TimeSpan?> FindAsync(Credential credential, CancellationToken cancellationToken)
    {
        if (!redis.IsConfigured) return null;
        var name = names.Proof(credential.Digest);
        var reply = await redis.AskAsync(database => database.StringGetWithExpiryAsync(name), settings.Current.Cache.LookupBudget, cancellationToken);
        if (reply.Trouble == RedisTrouble.Garbage) Remove(credential.Digest);
        if (!reply.IsOk || reply.Value.Value.IsNull) return null;
        if (reply.Value.Expiry is { } left && LifeOf(name, (byte[])reply.Value.Value!) is { } life) return life - left;
        troubles.Count(RedisTrouble.Garbage);
        Remove(credential.Digest);
        return null;
    }

    /// <summary>Writes a proof of an age; nobody waits for it.</summary>
    public void Share(Credential credential, TimeSpan age)
    {
        var life = settings.Current.Credentials.StaleProof;
        if (life - age < ShortestLife) return;
        var content = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(content, (long)life.TotalMilliseconds);
        var name = names.Proof(credential.Digest);
        redis.Tell(database => database.StringSetAsync(name, RedisRecord.Encode(name, content), new Expiration(life - age)));
    }

    /// <summary>Removes a proof; nobody waits for it.</summary>
    public void Remove(Digest credential)
    {
        var name = names.Proof(credential);
        redis.Tell(database => database.KeyDeleteAsync(name, CommandFlags.DemandMaster));
    }

    private static TimeSpan? LifeOf(string name, byte[] record) => RedisRecord.TryDecode(name, record, out var content) && content.Length == sizeof(long)
        ? TimeSpan.FromMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(content)) : null;
}
