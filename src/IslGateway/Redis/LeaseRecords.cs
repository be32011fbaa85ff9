using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// Leases in Redis, and the entries that are written under them; <c>tests/Models/lease.pml</c> is the model. Whoever has lost its lease
/// does not write: so the entry is written by the script that sees the lease. Both stand in one slot of a cluster, and each script names
/// the entry first, by which a proxy finds one server for both. Where scripts are not permitted, no lease can be taken.
/// </summary>
internal sealed class LeaseRecords(RedisGate redis, RedisNames names, RedisTroubles troubles, SettingsMonitor settings)
{
    // KEYS: entry, lease. ARGV[1]: the holder's record, but for Add, where it says that nothing was stored.
    private static readonly RedisScript Take = new(
        """
        local taken = call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[2])
        local standing = redis.pcall('GET', KEYS[2])
        if type(standing) == 'table' then standing = '' end
        return { taken and 1 or 0, standing }
        """);

    private static readonly RedisScript Renew = new(
        "if call('GET', KEYS[2]) ~= ARGV[1] then return 0 end return call('PEXPIRE', KEYS[2], ARGV[2])");

    private static readonly RedisScript Release = new(
        "if call('GET', KEYS[2]) ~= ARGV[1] then return 0 end return call('DEL', KEYS[2])");

    private static readonly RedisScript GiveUp = new(
        "if call('GET', KEYS[2]) ~= ARGV[1] then return 0 end call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) return 1");

    private static readonly RedisScript Write = new(
        """
        if call('GET', KEYS[2]) ~= ARGV[1] then return call('EXISTS', KEYS[1]) * 2 end
        call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
        return 1
        """);

    private static readonly RedisScript Add = new(
        """
        local standing = call('GET', KEYS[2])
        if (standing and standing ~= ARGV[1]) or call('EXISTS', KEYS[1]) == 1 then return 0 end
        call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
        return 1
        """);

    /// <summary>Takes a lease if it is free.</summary>
    /// <returns>Whether it was taken now, and what stands there then.</returns>
    public async Task<(bool IsTaken, LeaseStanding Standing)> TakeAsync(IDatabase database, LeaseClaim claim)
    {
        var name = names.Lease(claim.Row, claim.Key);
        var reply = (RedisResult[])(await RunAsync(database, Take, claim, Milliseconds(settings.Current.Lease.Ttl)))!;
        var standing = LeaseRecord.Read(name, (byte[]?)reply[1]);
        if (standing == LeaseStanding.Damaged)
        {
            // What is no lease goes.
            troubles.Count(RedisTrouble.Garbage);
            redis.Tell(name, other => other.KeyDeleteAsync(name, CommandFlags.DemandMaster));
        }

        return ((long)reply[0] == 1, standing);
    }

    /// <summary>Prolongs a lease.</summary>
    /// <param name="claim">Its holder.</param>
    /// <param name="budget">How long it may take.</param>
    /// <returns>False once it is another's, or gone; true in trouble, which may pass before it has expired.</returns>
    public async ValueTask<bool> RenewAsync(LeaseClaim claim, TimeSpan budget)
    {
        var reply = await redis.AskPacedAsync(
            async database => (long)await RunAsync(database, Renew, claim, Milliseconds(settings.Current.Lease.Ttl)) == 1,
            budget, CancellationToken.None);
        return !reply.IsOk || reply.Value;
    }

    /// <summary>Ends a lease that is still its holder's, and tells the gateways that wait.</summary>
    public async Task EndAsync(LeaseClaim claim, LeaseEnd end)
    {
        var options = settings.Current.Lease;
        var notStored = LeaseRecord.NotStored(names.Lease(claim.Row, claim.Key));

        // Past the breaker: trouble is just when a lease may have been taken unseen. It waits as long as the lease would last anyway.
        await redis.AskPacedAsync(
            async database =>
            {
                if (end == LeaseEnd.Released) await RunAsync(database, Release, claim);
                else await RunAsync(database, GiveUp, claim, notStored, Milliseconds(options.VainFor));

                // On a cluster the message may come by another node: it is sent when the lease is seen to have ended.
                await RedisChannels.PublishAsync(database, names.Leases, Bytes(claim.Key));
                return true;
            },
            options.Ttl, CancellationToken.None);
    }

    /// <summary>Writes the entry of a lease, while that is still its holder's.</summary>
    public async Task<EntryWrite> WriteAsync(IDatabase database, LeaseClaim claim, byte[] value, TimeSpan life) =>
        (EntryWrite)(int)await RunAsync(database, Write, claim, value, Milliseconds(life));

    /// <summary>Writes an entry where there is none, and nobody has its lease.</summary>
    public async Task<EntryWrite> AddAsync(IDatabase database, EndpointRow row, Digest key, byte[] value, TimeSpan life) =>
        (EntryWrite)(int)await RunAsync(
            database, Add, row, key, LeaseRecord.NotStored(names.Lease(row, key)), value, Milliseconds(life));

    private Task<RedisResult> RunAsync(IDatabase database, RedisScript script, LeaseClaim claim, params RedisValue[] more) =>
        RunAsync(database, script, claim.Row, claim.Key, [LeaseRecord.Held(names.Lease(claim.Row, claim.Key), claim.Token), .. more]);

    private Task<RedisResult> RunAsync(IDatabase database, RedisScript script, EndpointRow row, Digest key, params RedisValue[] values) =>
        script.RunAsync(database, [names.Entry(row, key), names.Lease(row, key)], values);

    private static long Milliseconds(TimeSpan time) => (long)time.TotalMilliseconds;

    private static byte[] Bytes(Digest digest)
    {
        var bytes = new byte[Digest.Size];
        digest.CopyTo(bytes);
        return bytes;
    }
}
