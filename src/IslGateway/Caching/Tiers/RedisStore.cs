using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;

namespace IslGateway.Caching.Tiers;

/// <summary>
/// The tier that gateways share: one <see cref="AnswerEnvelope"/> per key, and every key expires. An answer's age follows from its key's
/// remaining life, that is from Redis's clock alone. Any trouble with Redis is counted, is a miss, and throws nothing; a lookup takes at
/// most what is left of its request's <c>Cache:LookupBudget</c>.
/// </summary>
internal sealed class RedisStore(RedisGate redis, RedisNames names, RedisEntries entries, RowLifetimes lifetimes, TimeProvider time)
{
    /// <summary>How far Redis's clock may have been slowed down since an answer was stored; beyond it no age can be told.</summary>
    private static readonly TimeSpan MaxSlew = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Finds the first of the digests (newest epoch first) that has a fresh answer or, if none has, the first that has any; in one round
    /// trip.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<KeyedAnswer?> GetAsync(
        EndpointRow row, IReadOnlyList<Digest> digests, RedisPatience? asker, CancellationToken cancellationToken)
    {
        if (!redis.IsConfigured || digests.Count == 0) return null;
        var query = QueryFor(row, digests);
        var reply = await redis.AskAsync(database => entries.ReadAsync(database, query), asker, cancellationToken);
        return Choose(row, digests, reply.Value);
    }

    /// <summary>
    /// Stores an answer for the rest of its <see cref="StoredAnswer.KeepFor"/>. Trouble with Redis is a result, not an exception.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<EntryWrite> SetAsync(
        EndpointRow row, Digest digest, StoredAnswer answer, EntryCondition condition, CancellationToken cancellationToken) =>
        !redis.IsConfigured || answer.Remaining(time) < RedisEntries.ShortestLife ? Task.FromResult(EntryWrite.None)
        : entries.WriteAsync(row, digest, AnswerEnvelope.Encode(digest, answer), answer.Remaining(time), condition, cancellationToken);

    /// <summary>What to look for in Redis.</summary>
    public EntryQuery<StoredAnswer> QueryFor(EndpointRow row, IReadOnlyList<Digest> digests) =>
        new([.. digests.Select(digest => names.Entry(row, digest))], (number, bytes) =>
            (AnswerEnvelope.TryDecode(bytes, digests[number], out var answer) || AnswerEnvelope.IsOfAnotherVersion(bytes), answer));

    /// <summary>The first fresh answer of those found; if none is fresh, the first.</summary>
    public KeyedAnswer? Choose(EndpointRow row, IReadOnlyList<Digest> digests, IReadOnlyList<FoundEntry<StoredAnswer>>? found)
    {
        KeyedAnswer? stale = null;
        foreach (var entry in found ?? [])
        {
            if (Dated(entry) is not { } answer) continue;
            var keyed = new KeyedAnswer(digests[entry.Number], answer);
            if (IsFresh(row, keyed)) return keyed;
            if (answer.Remaining(time) > TimeSpan.Zero) stale ??= keyed;
        }

        return stale;
    }

    public bool IsFresh(EndpointRow row, KeyedAnswer found) => Freshness.Holds(found.Answer, lifetimes.Of(row), time);

    /// <summary>The answer, dated by the life that its key had left. Null if that is more than it can have.</summary>
    private StoredAnswer? Dated(FoundEntry<StoredAnswer> entry)
    {
        var (answer, kept) = (entry.Value, entry.Value.KeepFor - entry.Left);
        if (kept < -MaxSlew) return null;
        var completedAt = entry.AskedAt - (long)(Math.Max(0, kept.TotalSeconds) * time.TimestampFrequency);
        return answer.Dated(completedAt, answer.Lifetime, answer.AgeThen, answer.FilledBy);
    }
}
