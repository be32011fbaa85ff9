using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Redis.Sealing;

namespace IslGateway.Caching.Tiers;

/// <summary>
/// The tier that gateways share: one <see cref="AnswerEnvelope"/> per key, sealed where there are <c>Cache:EncryptionKeys</c>, and every
/// key expires. An answer's age follows from its key's remaining life, that is from Redis's clock alone; a seal only keeps it from seeming
/// much younger than it is. Any trouble with Redis is counted, is a miss, and throws nothing; a lookup takes at most what is left of its
/// request's <c>Cache:LookupBudget</c>.
/// </summary>
internal sealed class RedisStore(
    RedisGate redis, RedisNames names, RedisEntries entries, SealingKeys keys, RowLifetimes lifetimes, TimeProvider time)
{
    /// <summary>How far Redis's clock may have been slowed down since an answer was stored; beyond it no age can be told.</summary>
    private static readonly TimeSpan MaxSlew = TimeSpan.FromSeconds(1);

    /// <summary>Whether there is a Redis at all.</summary>
    public bool IsConfigured => redis.IsConfigured;

    /// <summary>Whether Redis is known to take what it is given now.</summary>
    public bool IsWell => redis.IsWell;

    /// <summary>
    /// Finds the first of the digests (newest epoch first) that has a fresh answer or, if none has, the first that has any; in one round
    /// trip.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<KeyedAnswer?> GetAsync(
        EndpointRow row, IReadOnlyList<Digest> digests, RedisPatience? asker, CancellationToken cancellationToken)
    {
        if (!redis.IsConfigured) return null;
        digests = Reachable(row, digests);
        if (digests.Count == 0) return null;
        var query = QueryFor(row, digests);
        var reply = await redis.AskAsync(query.Names, database => entries.ReadAsync(database, query), asker, cancellationToken);
        return Choose(row, digests, reply.Value);
    }

    /// <summary>
    /// Finds all that is stored under any of the digests, in one round trip; without a value if Redis could not be asked.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<RedisReply<IReadOnlyList<KeyedAnswer>>> FindAllAsync(
        EndpointRow row, IReadOnlyList<Digest> digests, CancellationToken cancellationToken)
    {
        if (!redis.IsConfigured || digests.Count == 0) return new RedisReply<IReadOnlyList<KeyedAnswer>>([], RedisTrouble.None);
        var query = QueryFor(row, digests);
        var reply = await redis.AskAsync(query.Names, database => entries.ReadAsync(database, query), asker: null, cancellationToken);
        return new RedisReply<IReadOnlyList<KeyedAnswer>>(
            reply.Value is not { } found ? null : [
                .. found.Select(entry => (entry.Number, Answer: Dated(entry)))
                    .Where(entry => entry.Answer?.Remaining(time) > TimeSpan.Zero)
                    .Select(entry => new KeyedAnswer(digests[entry.Number], entry.Answer!)),
            ],
            reply.Trouble);
    }

    /// <summary>
    /// Stores an answer for the rest of its <see cref="StoredAnswer.KeepFor"/>. Trouble with Redis is a result, not an exception.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public Task<EntryWrite> SetAsync(
        EndpointRow row, Digest digest, StoredAnswer answer, EntryCondition condition, CancellationToken cancellationToken) =>
        !redis.IsConfigured || answer.Remaining(time) < RedisEntries.ShortestLife ? Task.FromResult(EntryWrite.None)
        : entries.WriteAsync(row, digest, Encode(row, digest, answer), answer.Remaining(time), condition, cancellationToken);

    /// <summary>
    /// Those that may be looked for just now: a master of a cluster that is in trouble does not keep others' answers back.
    /// </summary>
    public IReadOnlyList<Digest> Reachable(EndpointRow row, IReadOnlyList<Digest> digests) =>
        redis.Reachable(digests, digest => names.Entry(row, digest));

    /// <summary>What to look for in Redis.</summary>
    public EntryQuery<DecodedAnswer> QueryFor(EndpointRow row, IReadOnlyList<Digest> digests)
    {
        string[] entered = [.. digests.Select(digest => names.Entry(row, digest))];
        return new(entered, (int number, Span<byte> bytes, out DecodedAnswer? answer) =>
            Decode(entered[number], digests[number], bytes, out answer));
    }

    /// <summary>The first fresh answer of those found; if none is fresh, the first.</summary>
    public KeyedAnswer? Choose(EndpointRow row, IReadOnlyList<Digest> digests, IReadOnlyList<FoundEntry<DecodedAnswer>>? found)
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

    /// <summary>Writes an entry and reads it, to nobody, so that no caller waits for code that has never run.</summary>
    public void Rehearse(EndpointRow row, Digest digest)
    {
        var answer = new StoredAnswer { StatusCode = StatusCodes.Status200OK, Headers = [], Body = new byte[1_000], IdGaps = [] };
        Decode(names.Entry(row, digest), digest, Encode(row, digest, answer), out _);
    }

    private byte[] Encode(EndpointRow row, Digest digest, StoredAnswer answer)
    {
        if (keys.Current is not { } ring) return AnswerEnvelope.Encode(digest, answer);
        var bytes = AnswerEnvelope.Encode(digest, answer, SealedValue.HeadSize, SealedValue.TagSize);
        SealedValue.Seal(ring.Newest, names.Entry(row, digest), time.GetUtcNow() - answer.KeptFor(time), bytes);
        return bytes;
    }

    private RedisTrouble Decode(string name, Digest digest, Span<byte> bytes, out DecodedAnswer? answer)
    {
        (answer, var leastAge) = (null, TimeSpan.Zero);
        if (keys.Current is { } ring)
        {
            var verdict = SealedValue.Open(ring, name, bytes, time.GetUtcNow(), out bytes, out leastAge);
            if (verdict != SealVerdict.Opened) return RedisTroubles.Of(verdict);
        }

        if (AnswerEnvelope.TryDecode(bytes, digest, out var read)) answer = new DecodedAnswer(read, leastAge);

        // Of another release, or of a gateway with keys: of no use here, but somebody's.
        return answer is not null || AnswerEnvelope.IsOfAnotherVersion(bytes) || SealedValue.IsSealed(bytes)
            ? RedisTrouble.None
            : RedisTrouble.Garbage;
    }

    /// <summary>The answer, dated by the life that its key had left. Null if that is more than it can have.</summary>
    private StoredAnswer? Dated(FoundEntry<DecodedAnswer> entry)
    {
        var (answer, leastAge) = entry.Value;
        var kept = answer.KeepFor - entry.Left;
        if (kept < -MaxSlew) return null;
        if (kept < leastAge) kept = leastAge;
        var completedAt = entry.AskedAt - (long)(Math.Max(0, kept.TotalSeconds) * time.TimestampFrequency);
        return answer.Dated(completedAt, answer.Lifetime, answer.AgeThen, answer.FilledBy);
    }
}
