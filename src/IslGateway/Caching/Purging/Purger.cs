using IslGateway.Caching.Sessions;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Telemetry;

namespace IslGateway.Caching.Purging;

/// <summary>
/// Purges by replacing tokens, however many entries there are: here at once, at other gateways as soon as Redis has the new tokens. In
/// memory, the purged entries are removed in the background; in Redis they expire.
/// </summary>
internal sealed class Purger(
    TokenSet tokens, RedisTokens shared, MemoryStore memory, SessionVersions beliefs, GatewayMetrics metrics)
{
    /// <summary>What Redis has not acknowledged yet: <c>all</c> and names of rows.</summary>
    public IReadOnlyList<string> Pending => tokens.OwedPurges;

    public async Task<PurgeReport> PurgeAsync(PurgeOrder order)
    {
        // Entries stored after this may already be under the new tokens.
        var last = memory.LastKept;
        tokens.Purge(order.Everything, order.Rows);
        if (order.Everything) Forget(() => memory.RemoveUpTo(last, row: null));
        else if (order.Rows.Count > 0) Forget(() => order.Rows.ToList().ForEach(row => memory.RemoveUpTo(last, row)));
        Count(order);

        var users = await RaiseAsync(order.Users);
        if (!tokens.AreShared) return new PurgeReport(PurgeReach.Off, users);
        await shared.CatchUpAsync(CancellationToken.None);
        return new PurgeReport(IsPending(order) || users == PurgeReach.Queued ? PurgeReach.Queued : PurgeReach.Done, users);
    }

    /// <summary>The keys of session answers hold their user's belief version: raising it makes the stored answers unreachable.</summary>
    private async ValueTask<PurgeReach> RaiseAsync(IReadOnlyCollection<Digest> users)
    {
        var acknowledged = users.Count == 0 || await beliefs.RaiseAsync([.. users]);
        return !tokens.AreShared ? PurgeReach.Off : acknowledged ? PurgeReach.Done : PurgeReach.Queued;
    }

    private bool IsPending(PurgeOrder order) =>
        Pending.Any(scope => scope == TokenSet.EverythingField ? order.Everything : order.Rows.Any(row => row.Name == scope));

    private void Count(PurgeOrder order)
    {
        if (order.Everything) metrics.Purges.WithLabels("all").Inc();
        if (order.Rows.Count > 0) metrics.Purges.WithLabels("endpoint").Inc(order.Rows.Count);
        if (order.Users.Count > 0) metrics.Purges.WithLabels("user").Inc(order.Users.Count);
    }

    private static void Forget(Action remove)
    {
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(remove);
    }
}
