using System.Collections.Concurrent;
using IslGateway.Content;
using IslGateway.Redis;

namespace IslGateway.Caching.Credentials;

/// <summary>
/// Tells every gateway that ISL no longer accepts a credential, by replacing the credential's token. Only the end of a proof is told,
/// whether it is held here or in Redis: a key that was never proven has none, and anybody can invent more such keys than Redis can hold.
/// </summary>
internal sealed class Revocations(TokenSet tokens, RedisTokens shared, ProofCache proofs, SharedProofs inRedis) : IChangeReader
{
    /// <summary>
    /// The most credentials remembered that were refused without a proof here while Redis could not be asked for one. Further ones are
    /// dropped: if another gateway has a proof of such a credential, it asks ISL again within <c>Credentials:Recheck</c>.
    /// </summary>
    private const int MaxUnsure = 256;

    /// <summary>Each with the value of <see cref="TokenSet.Losses"/> when it was refused.</summary>
    private readonly ConcurrentDictionary<Digest, Digest> _unsure = new();

    /// <summary>Ends the proof of a credential that ISL has refused: here at once, elsewhere by Redis. Never throws.</summary>
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

    /// <summary>Finds out whether there is a proof to end. If Redis has lost its data since the refusal, there may have been one.</summary>
    private async ValueTask<bool> AscertainAsync(Digest credential, Digest losses, CancellationToken cancellationToken)
    {
        var reply = await inRedis.ExistsAsync(credential, cancellationToken);
        if (reply.IsOk && (reply.Value || losses != tokens.Losses)) Revoke(credential);
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
