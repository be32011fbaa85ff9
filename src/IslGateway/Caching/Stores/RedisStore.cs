using IslGateway.Caching.Keys;
using IslGateway.Endpoints;
using IslGateway.Journey;
using StackExchange.Redis;

namespace IslGateway.Caching.Stores;

/// <summary>
/// The tier that gateways share: one <see cref="AnswerEnvelope"/> per key, every key expiring. Whatever is wrong with Redis is a miss,
/// counted and never thrown; a lookup takes what is left of its request's <c>Cache:LookupBudget</c> at the most.
/// </summary>
internal sealed class RedisStore(RedisGate redis, RedisNames names, RedisTroubles troubles, TimeProvider time)
{
    private static readonly TimeSpan WriteBudget = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestExpiry = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Finds the first of the digests, newest epoch first, that has a fresh answer, or else the first that has any; all are asked for in
    /// one round trip.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<KeyedAnswer?> GetAsync(EndpointRow row, IReadOnlyList<Digest> digests, Exchange? asker, CancellationToken cancellationToken)
    {
        if (!redis.IsConfigured || digests.Count == 0) return null;
        var reply = await redis.AskAsync(database => LookUpAsync(database, row, digests), asker, cancellationToken);
        return reply.Value;
    }

    /// <summary>Keeps an answer for what is left of its <see cref="StoredAnswer.KeepFor"/>, at least 1 s. Never throws.</summary>
    /// <returns>Whether Redis has it.</returns>
    public async Task<bool> SetAsync(EndpointRow row, Digest digest, StoredAnswer answer, CancellationToken cancellationToken)
    {
        var remaining = answer.RemainingAt(time.GetUtcNow());
        if (!redis.IsConfigured || remaining <= TimeSpan.Zero) return false;
        var expiry = new Expiration(remaining > ShortestExpiry ? remaining : ShortestExpiry);
        var reply = await redis.AskAsync(
            database => database.StringSetAsync(names.Entry(row, digest), AnswerEnvelope.Encode(digest, answer), expiry),
            WriteBudget, cancellationToken);
        return reply.IsOk;
    }

    /// <summary>The first of the digests that has a fresh answer, as a part of other commands.</summary>
    public async Task<KeyedAnswer?> FindFreshAsync(IDatabase database, EndpointRow row, IReadOnlyList<Digest> digests) =>
        await LookUpAsync(database, row, digests) is { } found && found.Answer.TtlAt(time.GetUtcNow()) > TimeSpan.Zero ? found : null;

    /// <summary>Goes on after the budget has passed, if need be, to give back what comes late.</summary>
    private async Task<KeyedAnswer?> LookUpAsync(IDatabase database, EndpointRow row, IReadOnlyList<Digest> digests)
    {
        var reads = new Task<Lease<byte>?>[digests.Count];
        for (var i = 0; i < reads.Length; i++) reads[i] = database.StringGetLeaseAsync(names.Entry(row, digests[i]));

        KeyedAnswer? fresh = null;
        KeyedAnswer? stale = null;
        Exception? failure = null;
        for (var i = 0; i < reads.Length; i++)
        {
            try
            {
                using var lease = await reads[i];
                if (lease is null) continue;
                if (!AnswerEnvelope.TryDecode(lease.Span, digests[i], out var answer)) Discard(names.Entry(row, digests[i]));
                else if (answer.TtlAt(time.GetUtcNow()) > TimeSpan.Zero) fresh ??= new KeyedAnswer(digests[i], answer);
                else if (answer.RemainingAt(time.GetUtcNow()) > TimeSpan.Zero) stale ??= new KeyedAnswer(digests[i], answer);
            }
            catch (Exception exception) when (RedisTroubles.Of(exception) == RedisTrouble.Garbage)
            {
                Discard(names.Entry(row, digests[i]));
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        }

        var found = fresh ?? stale;
        return found is null && failure is not null ? throw failure : found;
    }

    /// <summary>What stands under one of our names and is none of ours, or damaged, goes.</summary>
    private void Discard(string name)
    {
        troubles.Count(RedisTrouble.Garbage);
        redis.Tell(database => database.KeyDeleteAsync(name, CommandFlags.FireAndForget));
    }
}
