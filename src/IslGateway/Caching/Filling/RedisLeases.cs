using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Caching.Filling;

/// <summary>
/// Leases in Redis. Each command names one key, so that a cluster takes them too; what must compare before it writes is a script, since
/// the client's transactions would hold up the connection that all share.
/// </summary>
internal sealed class RedisLeases(RedisGate redis, RedisStore store, RedisNames names, RedisTroubles troubles, SettingsMonitor settings) : ILeases
{
    private const string RenewScript = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('PEXPIRE', KEYS[1], ARGV[2]) end return 0";
    private const string ReleaseScript = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";
    private const string ReplaceScript = "if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) return 1 end return 0";

    public bool AreShared => redis.IsConfigured;

    public ValueTask<RedisReply<LeaseLook>> TakeAsync(
        EndpointRow row, Digest key, IReadOnlyList<Digest> digests, Digest token, TimeSpan budget, CancellationToken cancellationToken) =>
        redis.AskAsync(database => TakeAsync(database, row, names.Lease(key), digests, token), budget, cancellationToken);

    public async ValueTask<bool> RenewAsync(Digest key, Digest token)
    {
        var (name, options) = (names.Lease(key), settings.Current.Lease);
        var reply = await redis.AskPacedAsync(
            database => EvaluateAsync(database, RenewScript, name, token, (long)options.Ttl.TotalMilliseconds), LeasePolicy.RenewInterval(options), CancellationToken.None);

        // Trouble may pass before the lease has expired.
        return !reply.IsOk || reply.Value;
    }

    public void End(Digest key, Digest token, LeaseEnd end) => _ = EndAsync(key, token, end);

    /// <summary>Past the breaker: trouble is just when a lease may have been taken unseen. It waits as long as the lease would last anyway.</summary>
    private async Task EndAsync(Digest key, Digest token, LeaseEnd end)
    {
        var (name, options) = (names.Lease(key), settings.Current.Lease);
        await redis.AskPacedAsync(
            async database =>
            {
                var ended = end == LeaseEnd.Released
                    ? await EvaluateAsync(database, ReleaseScript, name, token)
                    : await EvaluateAsync(database, ReplaceScript, name, token, LeaseMark.Vain(name), (long)options.VainFor.TotalMilliseconds);

                // On a cluster the message may come by another node: it is sent when the lease is seen to have ended.
                await RedisChannels.PublishAsync(database, names.Leases, Bytes(key));
                return ended;
            },
            options.Ttl, CancellationToken.None);
    }

    private async Task<LeaseLook> TakeAsync(IDatabase database, EndpointRow row, string name, IReadOnlyList<Digest> digests, Digest token)
    {
        var taking = database.StringSetAsync(name, LeaseMark.Held(name, token), settings.Current.Lease.Ttl, When.NotExists, CommandFlags.DemandMaster);

        // The answer is looked for last: between this fill's own lookup and its lease, another gateway may have stored it.
        if (RedisTopology.KeepsNoOrder(database)) await taking;
        var standing = StandingAsync(database, name);
        if (RedisTopology.KeepsNoOrder(database)) await standing;
        var finding = store.FindFreshAsync(database, row, digests);
        await Task.WhenAll(taking, standing, finding);
        return new LeaseLook(taking.Result, standing.Result, finding.Result);
    }

    /// <summary>What stands there. What is no lease goes.</summary>
    private async Task<LeaseStanding> StandingAsync(IDatabase database, string name)
    {
        var standing = LeaseStanding.Damaged;
        try
        {
            standing = LeaseMark.Read(name, (byte[]?)await database.StringGetAsync(name, CommandFlags.DemandMaster));
        }
        catch (RedisServerException e) when (RedisTroubles.Of(e) == RedisTrouble.Garbage)
        {
            // Of a wrong type.
        }

        if (standing != LeaseStanding.Damaged) return standing;
        troubles.Count(RedisTrouble.Garbage);
        redis.Tell(other => other.KeyDeleteAsync(name, CommandFlags.DemandMaster));
        return standing;
    }

    private static async Task<bool> EvaluateAsync(IDatabase database, string script, string name, Digest token, params RedisValue[] more) =>
        (long)await database.ScriptEvaluateAsync(
            script, [name], [LeaseMark.Held(name, token), .. more], CommandFlags.DemandMaster | CommandFlags.NoScriptCache) > 0;

    private static byte[] Bytes(Digest digest)
    {
        var bytes = new byte[Digest.Size];
        digest.CopyTo(bytes);
        return bytes;
    }
}
