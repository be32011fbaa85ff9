using System.Collections.Concurrent;
using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.Caching.Credentials;

/// <summary>
/// Tells every gateway that ISL accepts a credential no longer, by another token for it. Only the end of a proof is told, one that this
/// gateway has or that lies in Redis: of a key that was never proven there is nothing to end, and anybody can invent as many as Redis has
/// room for.
/// </summary>
internal sealed class Revocations(TokenSet tokens, RedisTokens shared, ProofCache proofs, SharedProofs inRedis) : IChangeReader
{
    /// <summary>
    /// Refused without a proof here, while Redis did not say whether it has one. Past their number more are forgotten: where another
    /// gateway has the proof, it asks ISL itself within <c>Credentials:Recheck</c>.
    /// </summary>
    private const int MaxUnsure = 256;

    /// <summary>With the <see cref="TokenSet.Losses"/> of that moment.</summary>
    private readonly ConcurrentDictionary<Digest, Digest> _unsure = new();

    /// <summary>ISL has refused a credential: here that holds at once. Never throws.</summary>
    public async ValueTask RefuseAsync(Digest credential)
    {
        if (proofs.Refuse(credential)) Revoke(credential);
        else if (tokens.AreShared) await AscertainAsync(credential, tokens.Losses, CancellationToken.None);
    }

    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        if (_unsure.IsEmpty) return;
        await shared.CatchUpAsync(cancellationToken);
        await Task.WhenAll(_unsure.Select(async one =>
        {
            if (await AscertainAsync(one.Key, one.Value, cancellationToken)) _unsure.TryRemove(one);
        }));
    }

    /// <summary>Finds out whether there is a proof to end. If Redis has lost its data since, there may have been one.</summary>
    private async ValueTask<bool> AscertainAsync(Digest credential, Digest losses, CancellationToken cancellationToken)
    {
        var reply = await inRedis.FindAsync(credential, asker: null, cancellationToken);
        if (reply.IsOk && (reply.Value is not null || losses != tokens.Losses)) Revoke(credential);
        else if (!reply.IsOk && _unsure.Count < MaxUnsure) _unsure.TryAdd(credential, losses);
        return reply.IsOk;
    }

    private void Revoke(Digest credential)
    {
        if (!tokens.AreShared) return;
        tokens.Revoke(credential);
        using (ExecutionContext.SuppressFlow()) BackgroundTask.Observe(Task.Run(() => shared.CatchUpAsync(CancellationToken.None)));
    }
}
