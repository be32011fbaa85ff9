using IslGateway.Caching.Answers;
using IslGateway.Caching.Keys;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Workflows.Kept;

/// <summary>Finds the stored answers of kept requests, under any epoch, without a trace of having looked.</summary>
internal sealed class KeptAnswers(
    KeyComposer keys, BodyMemo bodies, TokenSet tokens, MemoryStore memory, RedisStore redis, BufferBudget budget)
{
    /// <summary>The answer that is stored under an epoch, fresh or stale; null if there is none, or it cannot be looked for.</summary>
    /// <param name="request">The request.</param>
    /// <param name="epoch">Digest of the epoch.</param>
    /// <param name="cancellationToken">Ends the wait for Redis.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<StoredAnswer?> FindAsync(KeptRequest request, Digest epoch, CancellationToken cancellationToken)
    {
        if (KeyOf(request, epoch) is not { } key) return null;
        if (memory.TryPeek(key, out var here)) return here;
        return (await redis.GetAsync(request.Row, [key], asker: null, cancellationToken))?.Answer;
    }

    private Digest? KeyOf(KeptRequest request, Digest epoch)
    {
        try
        {
            var row = request.Row;
            var isSorted = row.KeyOrder == KeyOrder.Sorted;
            if (!CanonicalBody.TryDigest(request.Body.Span, isSorted, bodies.IgnoredBy(row), out var digest, budget)) return null;
            var asked = new DefaultHttpContext().Request;
            (asked.Method, asked.Scheme) = (request.Method, request.Scheme);
            foreach (var header in request.Headers) asked.Headers.Append(header.Key, header.Value);
            var owner = new Credential(request.Owner);
            return keys.Under(keys.Compose(asked, row, request.Target, digest, owner, session: null, tokens.KeyOf(row)), epoch);
        }
        catch (OverBudgetException)
        {
            return null;
        }
    }
}
