using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;

namespace IslGateway.Caching.Tiers;

/// <summary>
/// The tier that gateways share: one <see cref="AnswerEnvelope"/> per key, every key expiring. How old an answer is says what is left of
/// its key's life, which is to say Redis's clock alone. Whatever is wrong with Redis is a miss, counted and never thrown; a lookup takes
/// what is left of its request's <c>Cache:LookupBudget</c> at the most.
/// </summary>
internal sealed class RedisStore(RedisGate redis, RedisNames names, RedisEntries entries, RowLifetimes lifetimes, TimeProvider time)
{
    /// <summary>By which Redis's clock may have been slowed down since; more than that, and nobody can tell how old anything is.</summary>
    private static readonly TimeSpan MaxSlew = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Finds the first of the digests, newest epoch first, that has a fresh answer, or else the first that has any; all are asked for in
    /// one round trip.
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

    /// <summary>Keeps an answer for what is left of its <see cref="StoredAnswer.KeepFor"/>. Never throws.</summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<EntryWrite> SetAsync(
        EndpointRow row, Digest digest, StoredAnswer answer, EntryCondition condition, CancellationToken cancellationToken) =>
        !redis.IsConfigured || answer.Remaining(time) < RedisEntries.ShortestLife ? Task.FromResult(EntryWrite.None)
        : entries.WriteAsync(row, digest, AnswerEnvelope.Encode(digest, answer), answer.Remaining(time), condition, cancellationToken);

    /// <summary>What to look for in Redis.</summary>
    public EntryQuery<StoredAnswer> QueryFor(EndpointRow row, IReadOnlyList<Digest> digests) =>
        new([.. digests.Select(digest => names.Entry(row, digest))], (number, bytes) =>
            (AnswerEnvelope.TryDecode(bytes, digests[number], out var answer) || AnswerEnvelope.IsOfAnotherVersion(bytes), answer));

    /// <summary>Of what was found, the first that is fresh, or else the first.</summary>
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

    /// <summary>An answer of which so much life was left at that moment. Null: more than it ever had.</summary>
    private StoredAnswer? Dated(FoundEntry<StoredAnswer> entry)
    {
        var (answer, kept) = (entry.Value, entry.Value.KeepFor - entry.Left);
        if (kept < -MaxSlew) return null;
        var completedAt = entry.AskedAt - (long)(Math.Max(0, kept.TotalSeconds) * time.TimestampFrequency);
        return answer.Dated(completedAt, answer.Lifetime, answer.AgeThen, answer.FilledBy);
    }
}
