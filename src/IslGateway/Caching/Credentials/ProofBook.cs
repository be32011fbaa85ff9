using BitFaster.Caching.Lru;
using IslGateway.Caching.Keys;
using IslGateway.Settings;

namespace IslGateway.Caching.Credentials;

/// <summary>Which credentials ISL has lately accepted. Bounded; forgetting one costs a probe, never a wrong answer.</summary>
internal sealed class ProofBook(SettingsMonitor settings, TimeProvider time)
{
    /// <summary>Credentials remembered: about 150 bytes each.</summary>
    private const int Capacity = 65_536;

    private readonly ConcurrentLru<Digest, long> _provenAt = new(Capacity);

    /// <summary>ISL answered a 2xx on an authenticated path.</summary>
    public void Prove(Credential credential) => _provenAt.AddOrUpdate(credential.Digest, time.GetTimestamp());

    /// <summary>ISL answered 401 or 403.</summary>
    public void Unprove(Credential credential) => _provenAt.TryRemove(credential.Digest);

    /// <summary>Whether the proof is younger than <c>Credentials:Recheck</c>.</summary>
    public bool IsProven(Credential credential) => IsYounger(credential, settings.Current.Credentials.Recheck);

    /// <summary>Whether the proof still holds while ISL cannot tell: younger than <c>Credentials:StaleProof</c>.</summary>
    public bool IsStillTrusted(Credential credential) => IsYounger(credential, settings.Current.Credentials.StaleProof);

    private bool IsYounger(Credential credential, TimeSpan age) =>
        _provenAt.TryGet(credential.Digest, out var at) && time.GetElapsedTime(at) < age;
}
