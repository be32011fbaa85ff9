using System.Buffers.Binary;
using IslGateway.Redis.Sealing;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// Reads and writes <see cref="RedisRecord"/>s of an age, signed where there are <c>Cache:EncryptionKeys</c>. What stands under a name of
/// ours and is none, of a wrong type, damaged or altered, goes and is counted.
/// </summary>
internal sealed class RedisRecords(RedisGate redis, RedisTroubles troubles, SealingKeys keys, TimeProvider time)
{
    private static readonly TimeSpan ShortestLife = TimeSpan.FromMilliseconds(1);

    /// <summary>Longer than any setting allows.</summary>
    private static readonly TimeSpan LongestLife = TimeSpan.FromDays(10_000);

    /// <summary>What <see cref="TellAged"/> wrote; null if there is nothing, or it cannot be read.</summary>
    /// <param name="name">The record's name.</param>
    /// <param name="asker">The request that waits for it, if one does.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<RedisReply<AgedRecord?>> FindAgedAsync(
        string name, RedisPatience? asker, CancellationToken cancellationToken) =>
        redis.AskAsync([name], database => FindAgedAsync(database, name), asker, cancellationToken);

    /// <summary>
    /// Writes a record of an age; nobody waits for it. It says how long it was to live, and Redis how much of that is left: so its age is
    /// told by one clock, Redis's own; a signed one besides says when it was made, and is never taken for much younger than that.
    /// </summary>
    public void TellAged(string name, ReadOnlySpan<byte> content, TimeSpan life, TimeSpan age)
    {
        if (life - age < ShortestLife) return;
        var aged = new byte[sizeof(long) + content.Length];
        BinaryPrimitives.WriteInt64LittleEndian(aged, (long)life.TotalMilliseconds);
        content.CopyTo(aged.AsSpan(sizeof(long)));
        var (record, left) = (RedisRecord.Encode(name, aged), new Expiration(life - age));
        if (keys.Current is { } ring) record = SignedRecord.Sign(ring.Newest, name, time.GetUtcNow() - age, record);
        redis.Tell(name, database => database.StringSetAsync(name, record, left, When.Always, CommandFlags.DemandMaster));
    }

    private async Task<AgedRecord?> FindAgedAsync(IDatabase database, string name)
    {
        var trouble = RedisTrouble.Garbage;
        try
        {
            var read = await database.StringGetWithExpiryAsync(name, CommandFlags.DemandMaster);
            if (read.Value.IsNull) return null;
            if (Read(name, (byte[])read.Value!, read.Expiry, out trouble) is { } record)
            {
                // What is not vouched for is another's, and of use to those who have no keys, or others.
                troubles.Count(trouble);
                return record;
            }
        }
        catch (Exception e) when (RedisTroubles.Of(e) == RedisTrouble.Garbage)
        {
            // Of a wrong type.
        }

        troubles.Count(trouble);
        redis.Tell(name, other => other.KeyDeleteAsync(name, CommandFlags.DemandMaster));
        return null;
    }

    /// <returns>Null: it is no record, or altered.</returns>
    private AgedRecord? Read(string name, ReadOnlySpan<byte> bytes, TimeSpan? left, out RedisTrouble trouble)
    {
        var ring = keys.Current;
        var verdict = SignedRecord.Verify(ring, name, bytes, time.GetUtcNow(), out var record, out var leastAge);
        trouble = ring is null ? RedisTrouble.None : RedisTroubles.Of(verdict);
        if (verdict == SealVerdict.Altered) return null;
        if (!RedisRecord.TryDecode(name, record, out var content) || content.Length < sizeof(long) || left is null
            || BinaryPrimitives.ReadInt64LittleEndian(content) is var life && (life < 0 || life > LongestLife.TotalMilliseconds))
        {
            trouble = RedisTrouble.Garbage;
            return null;
        }

        var age = TimeSpan.FromMilliseconds(life) - left.Value;
        return new AgedRecord(
            content[sizeof(long)..].ToArray(), age > leastAge ? age : leastAge, ring is null || verdict == SealVerdict.Opened);
    }
}
