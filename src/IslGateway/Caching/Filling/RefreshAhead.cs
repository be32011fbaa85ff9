using BitFaster.Caching.Lru;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream;

namespace IslGateway.Caching.Filling;

/// <summary>
/// Fills a hit's entry again, with that caller's request, in the last <c>Cache:RefreshAhead</c> of its lifetime, so that a question that is
/// asked often never has to wait. Nobody waits for the refresh: it takes a place upstream only if one is free, and is left out when the
/// caller's rate limit runs low. If another gateway has stored a newer answer, that one is taken. Callers whose entry expires meanwhile
/// wait for a refresh no longer than <c>Cache:StaleAfter</c>.
/// </summary>
internal sealed class RefreshAhead(
    SingleFlight flights, Filler filler, UpstreamLimiter limiter, RateLimits limits, MemoryStore memory, RedisStore redis,
    RowLifetimes lifetimes, TimeProvider time)
{
    /// <summary>The shortest time between two attempts for one entry, the first of which may have failed.</summary>
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(1);

    private readonly ConcurrentLru<Digest, long> _begun = new(4_096);

    /// <summary>Whether a hit is in the last share of its lifetime.</summary>
    public static bool IsNearItsEnd(CacheHit hit, GatewaySettings settings) =>
        settings.Cache.RefreshAhead is var share and > 0 && hit.TtlLeft <= share * hit.Lifetime.Ttl;

    /// <summary>Whether a hit is near its end, and nobody has seen to it lately.</summary>
    public bool IsDue(CacheContext context, CacheHit hit)
    {
        if (!IsNearItsEnd(hit, context.Settings) || context.Ticket.Directives.NoStore) return false;
        var key = context.Ticket.FillKey;
        if (_begun.TryGet(key, out var at) && time.GetElapsedTime(at) < Spacing) return false;
        _begun.AddOrUpdate(key, time.GetTimestamp());
        return true;
    }

    /// <summary>Starts the refresh; returns at once.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="hit">The hit.</param>
    /// <param name="prepare">Copies from the request what the fill needs; null if the buffer budget has no room.</param>
    public void Begin(CacheContext context, CacheHit hit, Func<FillRequest?> prepare)
    {
        var key = context.Ticket.FillKey;
        if (flights.Find(key) is not null) return;
        var flight = flights.JoinOrStart(
            key, context.Ticket.Credential, () => Order(prepare),
            (started, fill) => RunAsync(started, fill, context.Ticket.Keys.Under(hit.Epoch)), out var leads);
        if (flight is null) return;
        if (leads) flight.Completion.ContinueWith(static done => done.Result.Rest?.Complete(), TaskScheduler.Default);
        else flight.Leave(isLeader: false);
    }

    private FillRequest? Order(Func<FillRequest?> prepare)
    {
        if (prepare() is not { } prepared) return null;
        var fill = prepared with
        {
            BackgroundSince = time.GetTimestamp(),
            Call = prepared.Call with { Purpose = CallPurpose.Refresh },
        };
        if (limits.HasHeadroom(fill.Call, fill.Settings.Credentials.MinHeadroom)) fill.Place = limiter.TryEnter();
        if (fill.Place is not null) return fill;
        fill.Dispose();
        return null;
    }

    private async Task<FillResult> RunAsync(Flight flight, FillRequest fill, Digest key)
    {
        if (await redis.GetAsync(fill.Row, [key], asker: null, CancellationToken.None) is { } found && !IsNearItsEnd(fill, found.Answer))
        {
            return new FillResult { Answer = memory.Offer(found.Key, found.Answer, fill.Row), WasStored = true };
        }

        return await filler.RunAsync(flight, fill);
    }

    private bool IsNearItsEnd(FillRequest fill, StoredAnswer answer)
    {
        var ttl = answer.Lifetime.AtMost(lifetimes.Of(fill.Row)).Ttl;
        return ttl - answer.KeptFor(time) <= fill.Settings.Cache.RefreshAhead * ttl;
    }
}
