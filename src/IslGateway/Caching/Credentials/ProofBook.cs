using BitFaster.Caching.Lru;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching.Credentials;

/// <summary>Which credentials ISL has lately accepted or refused. Bounded; forgetting one costs a probe, never a wrong answer.</summary>
internal sealed class ProofBook(SettingsMonitor settings, TimeProvider time) : IKnownCredentials
{
    /// <summary>Credentials remembered: about 200 bytes each.</summary>
    private const int Capacity = 65_536;

    /// <summary>Proofs are written to Redis again when this share of <c>Credentials:Recheck</c> has passed.</summary>
    private const int SharesPerRecheck = 4;

    private readonly ConcurrentLru<Digest, CredentialHistory> _known = new(Capacity);
    private long _ownSince = long.MinValue;
    private long _adoptedSince = long.MinValue;

    /// <summary>A credential that was not known has come to be: see <see cref="IsKnown"/>.</summary>
    public event Action<Credential>? Introduced;

    /// <summary>Time since the call began by which ISL last accepted the credential; the longest there is if it never did, or refused it since.</summary>
    public TimeSpan AgeOf(Credential credential) =>
        ProvenAt(credential.Digest) is { } at ? time.GetElapsedTime(at) : TimeSpan.MaxValue;

    public bool HasProof(Digest credential) => ProvenAt(credential) is not null;

    /// <summary>
    /// Whether ISL has accepted the credential, not longer ago than a proof holds while ISL cannot tell. What a credential that is not known does
    /// counts for nobody else: not towards circuits or cooldowns, nor as a party of its own in the queue. Not <c>Recheck</c>: an ISL that has been
    /// failing for so long proves nobody, and its failures must count.
    /// </summary>
    public bool IsKnown(Credential credential) => AgeOf(credential) < settings.Current.Credentials.StaleProof;

    /// <summary>ISL answered a 2xx on an authenticated path.</summary>
    /// <param name="credential">Whose.</param>
    /// <param name="begunAt">When the call began, as a timestamp of the time provider.</param>
    /// <returns>False if the credential was refused since then: that holds.</returns>
    public bool Prove(Credential credential, long begunAt)
    {
        var wasKnown = IsKnown(credential);
        var counts = Of(credential.Digest).Prove(begunAt) && begunAt > Volatile.Read(ref _ownSince);
        Introduce(credential, wasKnown);
        return counts;
    }

    /// <summary>Takes over a proof of an age that another gateway has left.</summary>
    public void Adopt(Credential credential, TimeSpan age)
    {
        var wasKnown = IsKnown(credential);
        Of(credential.Digest).Adopt(Ago(age));
        Introduce(credential, wasKnown);
    }

    /// <summary>ISL answered 401 or 403, here or at another gateway.</summary>
    public void Refuse(Digest credential) => Of(credential).Refuse(time.GetTimestamp());

    /// <summary>This gateway hears of refusals from now on: its own proofs so far count no more, those that are shared were withdrawn if refused.</summary>
    public void BeginToListen() => Volatile.Write(ref _ownSince, time.GetTimestamp());

    /// <summary>Refusals may have gone unheard, and what they should have withdrawn may still be shared: no proof so far counts.</summary>
    public void ForgetAll()
    {
        var now = time.GetTimestamp();
        Volatile.Write(ref _ownSince, now);
        Volatile.Write(ref _adoptedSince, now);
    }

    /// <summary>Whether the proof's copy in Redis is due to be written. A copy from before <see cref="ForgetAll"/> counts no more, if it is there at all.</summary>
    public bool ShouldShare(Credential credential)
    {
        var due = Ago(settings.Current.Credentials.Recheck / SharesPerRecheck);
        return Of(credential.Digest).ShouldShare(time.GetTimestamp(), unlessSince: Math.Max(due, Volatile.Read(ref _adoptedSince)));
    }

    private void Introduce(Credential credential, bool wasKnown)
    {
        if (!wasKnown && IsKnown(credential)) Introduced?.Invoke(credential);
    }

    private long? ProvenAt(Digest credential) => _known.TryGet(credential, out var history)
        ? history.ProvenAt(Volatile.Read(ref _ownSince), Volatile.Read(ref _adoptedSince)) : null;

    private long Ago(TimeSpan age) => time.GetTimestamp() - (long)(Math.Max(0, age.TotalSeconds) * time.TimestampFrequency);

    private CredentialHistory Of(Digest credential) => _known.GetOrAdd(credential, static _ => new CredentialHistory());
}
