using System.Diagnostics;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Telemetry;

namespace IslGateway.Caching;

/// <summary>Looks for an answer in memory, then in Redis, under each epoch that a live replica reports.</summary>
internal sealed class AnswerLookup(MemoryStore memory, RedisStore redis, RowLifetimes lifetimes, TimeProvider time)
{
    /// <summary>
    /// The first fresh answer; if there is none, the first stale one that may still stand in for ISL. An answer found in Redis is also kept
    /// in memory, unless memory holds a newer one by then.
    /// </summary>
    public ValueTask<CacheHit?> FindAsync(CacheTicket ticket, RedisPatience? patience, CancellationToken cancellationToken) =>
        GatewayActivity.IsRecording
            ? FindTracedAsync(ticket, patience, cancellationToken)
            : FindUntracedAsync(ticket, patience, leavesTraces: true, cancellationToken);

    /// <summary>Finds the same, and leaves no trace of having looked: nothing is kept, removed or marked as used.</summary>
    public ValueTask<CacheHit?> PeekAsync(CacheTicket ticket, CancellationToken cancellationToken) =>
        FindUntracedAsync(ticket, patience: null, leavesTraces: false, cancellationToken);

    /// <summary>Tells a lookup's span what was found.</summary>
    public static void Describe(Activity? span, CacheHit? found)
    {
        span?.SetTag(GatewayActivity.FoundTag, found is not { } hit ? "none" : hit.IsFresh ? "fresh" : "stale");
        if (found is { } there) span?.SetTag(GatewayActivity.TierTag, there.Tier.Word());
    }

    private async ValueTask<CacheHit?> FindTracedAsync(
        CacheTicket ticket, RedisPatience? patience, CancellationToken cancellationToken)
    {
        using var span = GatewayActivity.StartChild(GatewayActivity.Lookup);
        var found = await FindUntracedAsync(ticket, patience, leavesTraces: true, cancellationToken);
        Describe(span, found);
        return found;
    }

    private ValueTask<CacheHit?> FindUntracedAsync(
        CacheTicket ticket, RedisPatience? patience, bool leavesTraces, CancellationToken cancellationToken) =>
        ticket.Richer is null
            ? FindOwnAsync(ticket, patience, leavesTraces, cancellationToken)
            : FindRichAsync(ticket, patience, leavesTraces, cancellationToken);

    /// <summary>
    /// The answer to the question itself, if it is fresh; else the fresh one with the next larger number of samples; else one that may
    /// stand in for ISL, in the same order. A caller who wants none of what is stored is not helped by another that is stored.
    /// </summary>
    private async ValueTask<CacheHit?> FindRichAsync(
        CacheTicket ticket, RedisPatience? patience, bool leavesTraces, CancellationToken cancellationToken)
    {
        var own = await FindOwnAsync(ticket, patience, leavesTraces, cancellationToken);
        if (own is { IsFresh: true } || ticket.Directives.NoCache || ticket.Epochs.Count == 0) return own;
        CacheHit? stale = own;
        List<Digest> digests = [];
        List<(int Samples, Digest Epoch)> places = [];
        foreach (var richer in ticket.Richer!())
        {
            foreach (var epoch in ticket.Epochs)
            {
                var digest = richer.Keys.Under(epoch);
                digests.Add(digest);
                places.Add((richer.Samples, epoch));
                if (!(leavesTraces ? memory.TryGet(digest, out var stored) : memory.TryPeek(digest, out stored))) continue;
                var hit = Judge(stored, ticket, Reason.Memory, epoch) with { Samples = richer.Samples };
                if (hit is { IsFresh: true, IsWanted: true }) return hit;
                if (!hit.IsFresh) stale ??= hit;
            }
        }

        if (await redis.GetAsync(ticket.Row, digests, patience, cancellationToken) is not { } found) return stale;
        var newest = leavesTraces ? memory.Offer(found.Key, found.Answer, ticket.Row) : Newer(found);
        var (samples, under) = places[digests.IndexOf(found.Key)];
        var tier = ReferenceEquals(newest, found.Answer) ? Reason.Redis : Reason.Memory;
        var theirs = Judge(newest, ticket, tier, under) with { Samples = samples };
        return theirs is { IsFresh: true, IsWanted: true } ? theirs : stale ?? (theirs.IsFresh ? null : theirs);
    }

    private async ValueTask<CacheHit?> FindOwnAsync(
        CacheTicket ticket, RedisPatience? patience, bool leavesTraces, CancellationToken cancellationToken)
    {
        CacheHit? stale = null;
        var digests = new Digest[ticket.Epochs.Count];
        for (var i = 0; i < digests.Length; i++)
        {
            digests[i] = ticket.Keys.Under(ticket.Epochs[i]);
            if (!(leavesTraces ? memory.TryGet(digests[i], out var stored) : memory.TryPeek(digests[i], out stored))) continue;
            var hit = Judge(stored, ticket, Reason.Memory, ticket.Epochs[i]);
            if (hit.IsFresh) return hit;
            stale ??= hit;
        }

        if (await redis.GetAsync(ticket.Row, digests, patience, cancellationToken) is not { } found) return stale;
        var newest = leavesTraces ? memory.Offer(found.Key, found.Answer, ticket.Row) : Newer(found);
        var tier = ReferenceEquals(newest, found.Answer) ? Reason.Redis : Reason.Memory;
        var theirs = Judge(newest, ticket, tier, ticket.Epochs[Array.IndexOf(digests, found.Key)]);
        return theirs.IsFresh || stale is null ? theirs : stale;
    }

    /// <summary>What <see cref="MemoryStore.Offer"/> would return.</summary>
    private StoredAnswer Newer(KeyedAnswer found) =>
        memory.TryPeek(found.Key, out var here) && here.CompletedAt >= found.Answer.CompletedAt ? here : found.Answer;

    private CacheHit Judge(StoredAnswer answer, CacheTicket ticket, Reason tier, Digest epoch) =>
        CacheHit.Of(answer, tier, epoch, ticket.EpochLapsed, ticket.Directives, lifetimes.Of(ticket.Row), time);
}
