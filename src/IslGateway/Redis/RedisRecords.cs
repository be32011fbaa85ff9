using System.Buffers.Binary;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// Reads and writes <see cref="RedisRecord"/>s. What stands under a name of ours and is none, of a wrong type or damaged, goes and is
/// counted.
/// </summary>
internal sealed class RedisRecords(RedisGate redis, RedisTroubles troubles)
{
    private static readonly TimeSpan ShortestLife = TimeSpan.FromMilliseconds(1);

    /// <summary>The content of a record and what is left of its life, as a part of other commands.</summary>
    /// <returns>Whether anything stood there, and the content, if that was a record.</returns>
    public async Task<(bool IsThere, byte[]? Content, TimeSpan? Left)> ReadAsync(IDatabase database, string name)
    {
        try
        {
            var read = await database.StringGetWithExpiryAsync(name, CommandFlags.DemandMaster);
            if (read.Value.IsNull) return (false, null, null);
            if (RedisRecord.TryDecode(name, (byte[])read.Value!, out var content)) return (true, content.ToArray(), read.Expiry);
        }
        catch (Exception e) when (RedisTroubles.Of(e) == RedisTrouble.Garbage)
        {
            // Of a wrong type.
        }

        Discard(name);
        return (true, null, null);
    }

    /// <summary>What <see cref="TellAged"/> wrote; null if there is nothing, or it cannot be read.</summary>
    /// <param name="name">The record's name.</param>
    /// <param name="asker">The request that waits for it, if one does.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public ValueTask<RedisReply<(byte[] Content, TimeSpan Age)?>> FindAgedAsync(
        string name, RedisPatience? asker, CancellationToken cancellationToken) =>
        redis.AskAsync(database => FindAgedAsync(database, name), asker, cancellationToken);

    /// <summary>
    /// Writes a record of an age; nobody waits for it. It says how long it was to live, and Redis how much of that is left: so its age is
    /// told by one clock, Redis's own.
    /// </summary>
    public void TellAged(string name, ReadOnlySpan<byte> content, TimeSpan life, TimeSpan age)
    {
        if (life - age < ShortestLife) return;
        var aged = new byte[sizeof(long) + content.Length];
        BinaryPrimitives.WriteInt64LittleEndian(aged, (long)life.TotalMilliseconds);
        content.CopyTo(aged.AsSpan(sizeof(long)));
        var (record, left) = (RedisRecord.Encode(name, aged), new Expiration(life - age));
        redis.Tell(database => database.StringSetAsync(name, record, left, When.Always, CommandFlags.DemandMaster));
    }

    /// <summary>Removes what is no record; nobody waits for it.</summary>
    public void Discard(string name)
    {
        troubles.Count(RedisTrouble.Garbage);
        redis.Tell(database => database.KeyDeleteAsync(name, CommandFlags.DemandMaster));
    }

    private async Task<(byte[] Content, TimeSpan Age)?> FindAgedAsync(IDatabase database, string name)
    {
        var (_, content, left) = await ReadAsync(database, name);
        if (content is null) return null;
        if (content.Length >= sizeof(long) && left is not null)
        {
            var life = TimeSpan.FromMilliseconds(BinaryPrimitives.ReadInt64LittleEndian(content));
            return (content[sizeof(long)..], life - left.Value);
        }

        Discard(name);
        return null;
    }
}
