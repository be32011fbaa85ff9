using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using StackExchange.Redis;

namespace IslGateway.Caching.Tiers;

/// <summary>
/// The tier that gateways share: one <see cref="AnswerEnvelope"/> per key, every key expiring. How old an answer is says what is left of its key's
/// life, which is to say Redis's clock alone. Whatever is wrong with Redis is a miss, counted and never thrown; a lookup takes what is left of its
/// request's <c>Cache:LookupBudget</c> at the most.
/// </summary>
internal sealed class RedisStore(RedisGate redis, RedisNames names, RedisTroubles troubles, RowLifetimes lifetimes, TimeProvider time)
{
    private static readonly TimeSpan WriteBudget = TimeSpan.FromSeconds(1);

    /// <summary>The unit in which Redis keeps lives.</summary>
    private static readonly TimeSpan ShortestLife = TimeSpan.FromMilliseconds(1);

    /// <summary>By which an answer may seem younger than it is.</summary>
    private static readonly TimeSpan MaxDelay = TimeSpan.FromMilliseconds(250);

    /// <summary>By which Redis's clock may have been slowed down since; more than that, and nobody can tell how old anything is.</summary>
    private static readonly TimeSpan MaxSlew = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Finds the first of the digests, newest epoch first, that has a fresh answer, or else the first that has any; all are asked for in
    /// one round trip.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<KeyedAnswer?> GetAsync(EndpointRow row, IReadOnlyList<Digest> digests, RedisPatience? asker, CancellationToken cancellationToken)
    {
        if (!redis.IsConfigured || digests.Count == 0) return null;
        var reply = await redis.AskAsync(database => LookUpAsync(database, row, digests), asker, cancellationToken);
        return reply.Value;
    }

    /// <summary>Keeps an answer for what is left of its <see cref="StoredAnswer.KeepFor"/>. Never throws.</summary>
    /// <returns>Whether Redis has it.</returns>
    public async Task<bool> SetAsync(EndpointRow row, Digest digest, StoredAnswer answer, CancellationToken cancellationToken)
    {
        if (!redis.IsConfigured || answer.Remaining(time) < ShortestLife) return false;
        var reply = await redis.AskAsync(
            database => SetAsync(database, names.Entry(row, digest), AnswerEnvelope.Encode(digest, answer), answer.Remaining(time)), WriteBudget, cancellationToken);
        return reply is { IsOk: true, Value: true };
    }

    /// <summary>The first of the digests that has a fresh answer, as a part of other commands.</summary>
    public async Task<KeyedAnswer?> FindFreshAsync(IDatabase database, EndpointRow row, IReadOnlyList<Digest> digests) =>
        await LookUpAsync(database, row, digests) is { } found && Freshness.Holds(found.Answer, lifetimes.Of(row), time) ? found : null;

    /// <summary>What may have reached Redis late has its life counted from too late: that is put right. Whatever stands there then only seems older.</summary>
    private async Task<bool> SetAsync(IDatabase database, string name, byte[] envelope, TimeSpan life)
    {
        if (life < ShortestLife) return false;
        var sentAt = time.GetTimestamp();
        try
        {
            await database.StringSetAsync(name, envelope, new Expiration(life));
        }
        catch (TimeoutException)
        {
            // It may be carried out yet, with all its life before it, whenever Redis wakes up; this stands behind it on the same connection.
            await database.KeyDeleteAsync(name, CommandFlags.FireAndForget);
            throw;
        }

        if (time.GetElapsedTime(sentAt) is var took && took > MaxDelay) await database.KeyExpireAsync(name, life - took, flags: CommandFlags.FireAndForget);
        return true;
    }

    /// <summary>Goes on after the budget has passed, if need be, to give back what comes late.</summary>
    private async Task<KeyedAnswer?> LookUpAsync(IDatabase database, EndpointRow row, IReadOnlyList<Digest> digests)
    {
        var reads = new Task<StoredAnswer?>[digests.Count];
        for (var i = 0; i < reads.Length; i++) reads[i] = ReadAsync(database, names.Entry(row, digests[i]), digests[i]);

        KeyedAnswer? fresh = null;
        KeyedAnswer? stale = null;
        Exception? failure = null;
        for (var i = 0; i < reads.Length; i++)
        {
            try
            {
                if (await reads[i] is not { } answer) continue;
                if (Freshness.Holds(answer, lifetimes.Of(row), time)) fresh ??= new KeyedAnswer(digests[i], answer);
                else if (answer.Remaining(time) > TimeSpan.Zero) stale ??= new KeyedAnswer(digests[i], answer);
            }
            catch (Exception exception)
            {
                failure = exception;
            }
        }

        var found = fresh ?? stale;
        return found is null && failure is not null ? throw failure : found;
    }

    private async Task<StoredAnswer?> ReadAsync(IDatabase database, string name, Digest digest)
    {
        var askedAt = time.GetTimestamp();

        // In this order, what takes the value's place in between makes it seem older than it is, and never younger.
        var asking = database.KeyTimeToLiveAsync(name);
        Late.Observe(asking);
        try
        {
            using var lease = await database.StringGetLeaseAsync(name);
            if (lease is null) return null;
            if (AnswerEnvelope.TryDecode(lease.Span, digest, out var answer)) return await asking is { } left ? Dated(answer, left, askedAt) : null;
            if (AnswerEnvelope.IsOfAnotherVersion(lease.Span)) return null;
        }
        catch (Exception exception) when (RedisTroubles.Of(exception) == RedisTrouble.Garbage)
        {
            // Of a wrong type.
        }

        Discard(name);
        return null;
    }

    /// <summary>An answer of which so much life was left at that moment. Null: more than it ever had.</summary>
    private StoredAnswer? Dated(StoredAnswer answer, TimeSpan left, long askedAt)
    {
        var kept = answer.KeepFor - left;
        if (kept < -MaxSlew) return null;
        var completedAt = askedAt - (long)(Math.Max(0, kept.TotalSeconds) * time.TimestampFrequency);
        return answer.Dated(completedAt, answer.Lifetime, answer.AgeThen, answer.FilledBy);
    }

    /// <summary>What stands under one of our names and is none of ours, or damaged, goes.</summary>
    private void Discard(string name)
    {
        troubles.Count(RedisTrouble.Garbage);
        redis.Tell(database => database.KeyDeleteAsync(name, CommandFlags.FireAndForget));
    }
}
