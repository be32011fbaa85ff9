using IslGateway.Caching.Epochs;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Caching.Filling;

/// <summary>
/// One fill of a key across all gateways that share a Redis: each fill asks for the key's lease before it queues for ISL. One gets it; the others
/// wait here, without a place in that queue, for its answer in Redis. Any trouble means filling without a lease, at once.
/// </summary>
internal sealed class LeaseTurns(
    ILeases leases, LeaseSignals signals, MemoryStore memory, ReplicaBook replicas, SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time)
{
    /// <summary>The part of <c>Cache:LookupBudget</c> for asking first: after a lookup that took all of its own, 50 ms in all by default.</summary>
    private const double FirstBudget = 2 / 3d;

    /// <summary>Looks that may come to nothing while waiting: what is waited for is under way elsewhere, and one late answer is no outage.</summary>
    private const int MaxLostLooks = 1;

    /// <summary>Whether a fill goes by a lease at all.</summary>
    public bool Concern(FillOrder order) => leases.AreShared && settings.Current.Lease.Enabled && LeasePolicy.Concerns(order);

    public async Task<LeaseTurn> TakeAsync(Fill fill, FillOrder order)
    {
        if (!Concern(order)) return default;
        var claim = new LeaseClaim(order.Row, fill.Key, Digest.Random());
        try
        {
            return await TakeAsync(fill, order, claim);
        }
        catch (OperationCanceledException) when (fill.Unwanted.IsCancellationRequested)
        {
            // Nobody waits any more; the lease may have been taken for all that.
            leases.End(claim, LeaseEnd.Released);
            return default;
        }
    }

    private async Task<LeaseTurn> TakeAsync(Fill fill, FillOrder order, LeaseClaim claim)
    {
        using var signal = signals.Listen(fill.Key);
        using var patience = new CancellationTokenSource(order.Row.UpstreamTimeout + settings.Current.Limits.MaxQueueTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, fill.Unwanted);
        var lost = 0;
        for (var share = FirstBudget; ; share = 1)
        {
            var ended = signal.NextAsync();
            var budget = settings.Current.Cache.LookupBudget * share;
            var seen = await leases.TakeAsync(claim, Digests(fill, order), budget, fill.Unwanted);
            var mayLose = share == 1 && seen.Trouble == RedisTrouble.Timeout && lost++ < MaxLostLooks;

            // It may have taken the lease unheard: nobody must wait for that, this fill least of all.
            if (mayLose) leases.End(claim, LeaseEnd.Released);
            var step = mayLose ? LeaseStep.Wait : LeasePolicy.Next(seen, !patience.IsCancellationRequested);
            if (step != LeaseStep.Wait) return Turn(order, claim, step, seen);
            await ended.WaitAsync(settings.Current.Lease.LookInterval, time, either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            fill.Unwanted.ThrowIfCancellationRequested();
        }
    }

    private LeaseTurn Turn(FillOrder order, LeaseClaim claim, LeaseStep step, RedisReply<LeaseLook> seen)
    {
        switch (step)
        {
            case LeaseStep.Fill:
                metrics.FillLeases.WithLabels("taken").Inc();
                return new LeaseTurn(null, FillLease.Hold(leases, claim, settings, time));

            case LeaseStep.Serve:
                metrics.FillLeases.WithLabels("shared").Inc();
                if (seen.Value!.IsTaken) leases.End(claim, LeaseEnd.Released);
                var found = seen.Value.Found!;
                return new LeaseTurn(memory.Offer(found.Key, found.Answer, order.Row), null);

            default:
                // A request that came too late for its budget may have taken the lease all the same.
                metrics.FillLeases.WithLabels("without").Inc();
                if (!seen.IsOk) leases.End(claim, LeaseEnd.Released);
                return default;
        }
    }

    /// <summary>Replicas of several epochs may be behind a gateway: the answer may have been filed under any of them.</summary>
    private List<Digest> Digests(Fill fill, FillOrder order)
    {
        var digests = new List<Digest>(2) { fill.Key };
        foreach (var epoch in replicas.LookupDigests())
        {
            if (order.KeyUnder(epoch) is var digest && digest != fill.Key) digests.Add(digest);
        }

        return digests;
    }
}
