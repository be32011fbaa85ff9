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
        var reply = await records.FindAgedAsync(names.Proof(credential), asker, cancellationToken);
        var proof = reply.Value is { Content.Length: Digest.Size } record ? new Proof(record.Age, Digest.FromBytes(record.Content)) : null;
        return new RedisReply<Proof?>(proof?.Carried == tokens.ProofOf(credential).Carried ? proof : null, reply.Trouble);
    }

    /// <summary>Writes a proof, without waiting for Redis.</summary>
    public void Share(Credential credential, Proof proof)
    {
        var content = new byte[Digest.Size];
        proof.Carried.CopyTo(content);
        records.TellAged(names.Proof(credential.Digest), content, settings.Current.Credentials.StaleProof, proof.Age);
    }
}
