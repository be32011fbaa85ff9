using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>How entries get to Redis and back: whole, under names of their own, each expiring.</summary>
internal sealed class RedisEntries(
    RedisGate redis, RedisNames names, LeaseRecords leases, RedisTroubles troubles, SettingsMonitor settings, TimeProvider time)
{
    /// <summary>By which an entry may seem younger than it is.</summary>
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>The unit in which Redis keeps lives.</summary>
    public static TimeSpan ShortestLife { get; } = TimeSpan.FromMilliseconds(1);

    /// <summary>All entries of a query that are there, in the order of their names; asked for in one round trip.</summary>
    public async Task<IReadOnlyList<FoundEntry<T>>> ReadAsync<T>(IDatabase database, EntryQuery<T> query) where T : class
    {
        // Goes on after the budget has passed, if need be, to give back what comes late.
        var reads = query.Names.Select((_, number) => ReadAsync(database, query, number)).ToArray();
        var found = new List<FoundEntry<T>>(reads.Length);
        Exception? failure = null;
        foreach (var read in reads)
        {
            try
            {
                if (await read is { } entry) found.Add(entry);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        }

        return found.Count == 0 && failure is not null ? throw failure : found;
    }

    /// <summary>Writes an entry for the rest of its life. Never throws.</summary>
    /// <param name="row">The row of its question.</param>
    /// <param name="key">Its key.</param>
    /// <param name="value">Its bytes.</param>
    /// <param name="life">How long it still has to live.</param>
    /// <param name="condition">When it may be written.</param>
    /// <param name="cancellationToken">Ends the wait; the entry may be written all the same.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async Task<EntryWrite> WriteAsync(
        EndpointRow row, Digest key, byte[] value, TimeSpan life, EntryCondition condition, CancellationToken cancellationToken)
    {
        if (life < ShortestLife) return EntryWrite.None;
        var name = names.Entry(row, key);
        var reply = await redis.AskAsync(
            [name], database => WriteAsync(database, name, life, () => SendAsync(database, row, key, name, value, life, condition)),
            settings.Current.Cache.WriteBudget, cancellationToken);
        return reply.Value;
    }

    private async Task<EntryWrite> SendAsync(
        IDatabase database, EndpointRow row, Digest key, string name, byte[] value, TimeSpan life, EntryCondition condition)
    {
        if (condition.While is { } claim) return await leases.WriteAsync(database, claim, value, life);
        if (condition.OnlyAdds) return await leases.AddAsync(database, row, key, value, life);
        await database.StringSetAsync(name, value, new Expiration(life));
        return EntryWrite.Written;
    }

    /// <summary>
    /// What may have reached Redis late has its life counted from too late: that is put right. Whatever stands there then only seems older.
    /// </summary>
    private async Task<EntryWrite> WriteAsync(IDatabase database, string name, TimeSpan life, Func<Task<EntryWrite>> send)
    {
        var sentAt = time.GetTimestamp();
        EntryWrite written;
        try
        {
            written = await send();
        }
        catch (TimeoutException)
        {
            // It may be carried out yet, with all its life before it, whenever Redis wakes up; this stands behind it on the connection.
            await database.KeyDeleteAsync(name, CommandFlags.FireAndForget);
            throw;
        }

        if (written == EntryWrite.Written && time.GetElapsedTime(sentAt) is var took && took > MaxDelay)
            await database.KeyExpireAsync(name, life - took, flags: CommandFlags.FireAndForget);
        return written;
    }

    private async Task<FoundEntry<T>?> ReadAsync<T>(IDatabase database, EntryQuery<T> query, int number) where T : class
    {
        var (name, askedAt) = (query.Names[number], time.GetTimestamp());

        // In this order, what takes the value's place in between makes it seem older than it is, and never younger.
        RedisTrouble trouble;
        var asking = database.KeyTimeToLiveAsync(name);
        BackgroundTask.Observe(asking);
        try
        {
            using var bytes = await database.StringGetLeaseAsync(name);
            if (bytes is null) return null;
            trouble = query.Decode(number, bytes.Span, out var value);
            if (trouble == RedisTrouble.None)
                return value is not null && await asking is { } left ? new FoundEntry<T>(number, value, left, askedAt) : null;
        }
        catch (Exception exception) when (RedisTroubles.Of(exception) == RedisTrouble.Garbage)
        {
            trouble = RedisTrouble.Garbage;
        }

        // What stands under one of our names and is none of ours, or damaged, goes.
        troubles.Count(trouble);
        redis.Tell(name, other => other.KeyDeleteAsync(name, CommandFlags.FireAndForget));
        return null;
    }
}
