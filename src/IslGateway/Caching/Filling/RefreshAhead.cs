using BitFaster.Caching.Lru;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Upstream;

namespace IslGateway.Caching.Filling;

/// <summary>
/// Fills a hit's entry anew, with that caller's request, in the last <c>Cache:RefreshAhead</c> of its lifetime, so that a question which is asked
/// again and again never waits. Nobody waits for it: it takes a place upstream only if one is free, and leaves the caller's rate limit alone when
/// that runs low. Where another gateway has been quicker, its answer is taken. One that takes longer than <c>Cache:StaleAfter</c> is left to itself.
/// </summary>
internal sealed class RefreshAhead(
    FillBoard board, Filler filler, FillGate places, RateLimits limits, MemoryStore memory, RedisStore redis, RowLifetimes lifetimes, TimeProvider time)
{
    /// <summary>Between two attempts for one entry: the first may have failed.</summary>
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(1);

    private readonly ConcurrentLru<Digest, long> _begun = new(4_096);

    /// <summary>Whether a hit is near its end, and nobody has seen to it lately.</summary>
    public bool IsDue(CacheContext context, CacheHit hit)
    {
        var share = context.Settings.Cache.RefreshAhead;
        if (share <= 0 || hit.TtlLeft > share * hit.Lifetime.Ttl || context.Ticket.Directives.NoStore) return false;
        var key = context.Ticket.FillKey;
        if (_begun.TryGet(key, out var at) && time.GetElapsedTime(at) < Spacing) return false;
        _begun.AddOrUpdate(key, time.GetTimestamp());
        return true;
    }

    /// <summary>Begins a fill; returns at once.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="hit">The hit.</param>
    /// <param name="prepare">Takes what the fill needs from the request; null if it cannot be had.</param>
    public void Begin(CacheContext context, CacheHit hit, Func<FillOrder?> prepare)
    {
        var key = context.Ticket.FillKey;
        if (board.Find(key) is not null) return;
        var fill = board.JoinOrStart(key, context.Ticket.Credential, () => Order(prepare), (started, order) => RunAsync(started, order, context.Ticket.Keys.Under(hit.Epoch)), out var leads);
        if (fill is null) return;
        if (leads) fill.Completion.ContinueWith(static done => done.Result.Rest?.Complete(), TaskScheduler.Default);
        else fill.Leave(isLeader: false);
    }

    private FillOrder? Order(Func<FillOrder?> prepare)
    {
        if (prepare() is not { } prepared) return null;
        var order = prepared with { BackgroundSince = time.GetTimestamp() };
        if (limits.HasHeadroom(order.Call, order.Settings.Credentials.MinHeadroom)) order.Place = places.TryEnter();
        if (order.Place is not null) return order;
        order.Dispose();
        return null;
    }

    private async Task<FillResult> RunAsync(Fill fill, FillOrder order, Digest key)
    {
        if (await redis.GetAsync(order.Row, [key], asker: null, CancellationToken.None) is { } found && !IsNearItsEnd(order, found.Answer))
        {
            return new FillResult { Answer = memory.Offer(found.Key, found.Answer, order.Row), WasStored = true };
        }

        return await filler.RunAsync(fill, order);
    }

    private bool IsNearItsEnd(FillOrder order, StoredAnswer answer)
    {
        var ttl = answer.Lifetime.AtMost(lifetimes.Of(order.Row)).Ttl;
        return ttl - answer.KeptFor(time) <= order.Settings.Cache.RefreshAhead * ttl;
    }
}
