using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Settings;

namespace IslGateway.Caching.Filling;

/// <summary>Leases in Redis, taken in one round trip with the look for the answer.</summary>
internal sealed class RedisLeases(
    RedisGate redis, RedisNames names, LeaseRecords records, RedisEntries entries, RedisStore store, SettingsMonitor settings)
    : ILeases
{
    public bool AreShared => redis.IsConfigured;

    public ValueTask<RedisReply<LeaseLook>> TakeAsync(
        LeaseClaim claim, IReadOnlyList<Digest> digests, TimeSpan budget, CancellationToken cancellationToken)
    {
        if (digests.Count > 1) digests = store.Reachable(claim.Row, digests);
        var query = store.QueryFor(claim.Row, digests);
        return redis.AskAsync(
            [.. query.Names, names.Lease(claim.Row, claim.Key)],
            async database =>
            {
                var taking = records.TakeAsync(database, claim);

                // The answer is looked for last: between this fill's own lookup and its lease, another gateway may have stored it.
                if (RedisTopology.KeepsNoOrder(database)) await taking;
                var finding = entries.ReadAsync(database, query);
                await Task.WhenAll(taking, finding);
                var found = store.Choose(claim.Row, digests, finding.Result) is { } any && store.IsFresh(claim.Row, any) ? any : null;
                return new LeaseLook(taking.Result.IsTaken, taking.Result.Standing, found);
            },
            budget, cancellationToken);
    }

    public ValueTask<bool> RenewAsync(LeaseClaim claim) => records.RenewAsync(claim, LeasePolicy.RenewInterval(settings.Current.Lease));

    public void End(LeaseClaim claim, LeaseEnd end) => _ = records.EndAsync(claim, end);
}
