using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching.Credentials;

/// <summary>
/// Proofs in Redis, so that other gateways, and this one after a restart, need not ask ISL again. Each carries the tokens under which it
/// was given, and counts only while they are in force here.
/// </summary>
internal sealed class SharedProofs(RedisRecords records, RedisNames names, TokenSet tokens, SettingsMonitor settings)
{
    /// <summary>The proof of a credential; null if there is none that counts. Fails if Redis cannot be asked.</summary>
    public async ValueTask<RedisReply<Proof?>> FindAsync(Digest credential, RedisPatience? asker, CancellationToken cancellationToken)
    {
        var (record, trouble) = await FindAnyAsync(credential, asker, cancellationToken);
        return new RedisReply<Proof?>(
            record is { IsVouchedFor: true } proof ? new Proof(proof.Age, Digest.FromBytes(proof.Content)) : null, trouble);
    }

    /// <summary>
    /// Whether there is a proof that counts here, or at a gateway that has no keys, or others. Fails if Redis cannot be asked.
    /// </summary>
    public async ValueTask<RedisReply<bool>> ExistsAsync(Digest credential, CancellationToken cancellationToken)
    {
        var (record, trouble) = await FindAnyAsync(credential, asker: null, cancellationToken);
        return new RedisReply<bool>(record is not null, trouble);
    }

    /// <summary>Writes a proof, without waiting for Redis.</summary>
    public void Share(Credential credential, Proof proof)
    {
        var content = new byte[Digest.Size];
        proof.Carried.CopyTo(content);
        records.TellAged(names.Proof(credential.Digest), content, settings.Current.Credentials.StaleProof, proof.Age);
    }

    private async ValueTask<RedisReply<AgedRecord?>> FindAnyAsync(
        Digest credential, RedisPatience? asker, CancellationToken cancellationToken)
    {
        var reply = await records.FindAgedAsync(names.Proof(credential), asker, cancellationToken);
        var carries = reply.Value is { Content.Length: Digest.Size } record
            && Digest.FromBytes(record.Content) == tokens.ProofOf(credential).Carried;
        return carries ? reply : reply with { Value = null };
    }
}
