using IslGateway.Caching.Keys;
using IslGateway.Caching.Stores;
using IslGateway.Journey;
using IslGateway.Telemetry;

namespace IslGateway.Caching;

/// <summary>Looks for an answer in memory, then in Redis, under each epoch that a live replica reports.</summary>
internal sealed class AnswerLookup(MemoryStore memory, RedisStore redis, TimeProvider time)
{
    /// <summary>The first fresh answer, if any. What Redis gives is kept in memory too, unless what came there meanwhile is newer.</summary>
    public async ValueTask<CacheHit?> FindAsync(CacheTicket ticket, Exchange? exchange, CancellationToken cancellationToken)
    {
        var digests = new Digest[ticket.Epochs.Count];
        for (var i = 0; i < digests.Length; i++)
        {
            digests[i] = ticket.Keys.Under(ticket.Epochs[i]);
            if (memory.TryGet(digests[i], out var stored) && Fresh(stored, ticket, Reason.Memory, ticket.Epochs[i]) is { } hit) return hit;
        }

        using var activity = GatewayActivity.Source.StartActivity(GatewayActivity.Lookup);
        if (await redis.GetAsync(ticket.Row, digests, exchange, cancellationToken) is not { } found) return null;
        var newest = memory.Offer(found.Key, found.Answer, ticket.Row);
        var tier = ReferenceEquals(newest, found.Answer) ? Reason.Redis : Reason.Memory;
        return Fresh(newest, ticket, tier, ticket.Epochs[Array.IndexOf(digests, found.Key)]);
    }

    private CacheHit? Fresh(StoredAnswer answer, CacheTicket ticket, Reason tier, Digest epoch)
    {
        var now = time.GetUtcNow();
        var age = answer.AgeAt(now);
        var left = answer.Ttl - age;
        return left > TimeSpan.Zero ? new CacheHit(answer, tier, age, left, epoch, ticket.Directives.Allow(age)) : null;
    }
}
