using IslGateway.Caching.Epochs;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Caching.Filling;

/// <summary>
/// One fill of a key across all gateways that share a Redis: each fill asks for the key's lease before it queues for ISL. One gets it; the
/// others wait here, without a place in that queue, for its answer in Redis. Any trouble means filling without a lease, at once.
/// </summary>
internal sealed class LeaseTurns(
    ILeases leases, LeaseSignals signals, MemoryStore memory, ReplicaRegistry replicas, SettingsMonitor settings,
    GatewayMetrics metrics, TimeProvider time)
{
    /// <summary>
    /// The part of <c>Cache:LookupBudget</c> for asking first: after a lookup that took all of its own, 50 ms in all by default.
    /// </summary>
    private const double FirstBudget = 2 / 3d;

    /// <summary>
    /// Looks that may come to nothing while waiting: what is waited for is under way elsewhere, and one late answer is no outage.
    /// </summary>
    private const int MaxLostLooks = 1;

    /// <summary>Whether a fill goes by a lease at all.</summary>
    public bool Concern(FillRequest fill) => leases.AreShared && settings.Current.Lease.Enabled && LeasePolicy.Concerns(fill);

    public async Task<LeaseTurn> TakeAsync(Flight flight, FillRequest fill)
    {
        if (!Concern(fill)) return default;
        if (fill.IsRedisSpent)
        {
            metrics.FillLeases.WithLabels("without").Inc();
            return default;
        }

        var claim = new LeaseClaim(fill.Row, flight.Key, Digest.Random());
        try
        {
            return await TakeAsync(flight, fill, claim);
        }
        catch (OperationCanceledException) when (flight.Unwanted.IsCancellationRequested)
        {
            // Nobody waits any more; the lease may have been taken for all that.
            leases.End(claim, LeaseEnd.Released);
            return default;
        }
    }

    private async Task<LeaseTurn> TakeAsync(Flight flight, FillRequest fill, LeaseClaim claim)
    {
        using var signal = signals.Listen(flight.Key);
        using var patience = new CancellationTokenSource(fill.Row.UpstreamTimeout + settings.Current.Limits.MaxQueueTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, flight.Unwanted);
        var lost = 0;
        for (var share = FirstBudget; ; share = 1)
        {
            var ended = signal.NextAsync();
            var budget = settings.Current.Cache.LookupBudget * share;
            var seen = await leases.TakeAsync(claim, Digests(flight, fill), budget, flight.Unwanted);
            var mayLose = share == 1 && seen.Trouble == RedisTrouble.Timeout && lost++ < MaxLostLooks;

            // It may have taken the lease unheard: nobody must wait for that, this fill least of all.
            if (mayLose) leases.End(claim, LeaseEnd.Released);
            var step = mayLose ? LeaseStep.Wait : LeasePolicy.Next(seen, !patience.IsCancellationRequested);
            if (step != LeaseStep.Wait) return Turn(fill, claim, step, seen);
            await ended.WaitAsync(settings.Current.Lease.LookInterval, time, either.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            flight.Unwanted.ThrowIfCancellationRequested();
        }
    }

    private LeaseTurn Turn(FillRequest fill, LeaseClaim claim, LeaseStep step, RedisReply<LeaseLook> seen)
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
                return new LeaseTurn(memory.Offer(found.Key, found.Answer, fill.Row), null);

            default:
                // A request that came too late for its budget may have taken the lease all the same.
                metrics.FillLeases.WithLabels("without").Inc();
                if (!seen.IsOk) leases.End(claim, LeaseEnd.Released);
                return default;
        }
    }

    /// <summary>Replicas of several epochs may be behind a gateway: the answer may have been filed under any of them.</summary>
    private List<Digest> Digests(Flight flight, FillRequest fill)
    {
        var digests = new List<Digest>(2) { flight.Key };
        foreach (var epoch in replicas.LookupDigests())
        {
            if (fill.KeyUnder(epoch) is var digest && digest != flight.Key) digests.Add(digest);
        }

        return digests;
    }
}
