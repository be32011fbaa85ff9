using BitFaster.Caching.Lru;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching.Credentials;

/// <summary>
/// Which credentials ISL has lately accepted or refused. A proof carries the tokens that were in force when ISL was asked (<see
/// cref="TokenSet"/>), and counts only while they are. Bounded; forgetting one costs a probe, never a wrong answer.
/// </summary>
internal sealed class ProofCache(TokenSet tokens, SettingsMonitor settings, TimeProvider time) : IKnownCredentials
{
    /// <summary>The most credentials remembered: about 250 bytes each.</summary>
    private const int Capacity = 65_536;

    /// <summary>A proof is written to Redis again after <c>Credentials:Recheck</c> divided by this.</summary>
    private const int SharesPerRecheck = 4;

    private readonly ConcurrentLru<Digest, Entry> _known = new(Capacity);

    /// <summary>Raised when a credential becomes known: see <see cref="IsKnown"/>.</summary>
    public event Action<Credential>? Introduced;

    /// <summary>Raised with the digest of a credential whose proof a refusal has ended.</summary>
    public event Action<Digest>? Refused;

    /// <summary>
    /// Time since the call began by which ISL last accepted the credential; <see cref="TimeSpan.MaxValue"/> if it never did, or has refused
    /// it since.
    /// </summary>
    public TimeSpan AgeOf(Credential credential) => AgeOf(credential.Digest);

    /// <summary>Whether a proof of this age is not yet to be renewed: from half of <c>Credentials:Recheck</c> on it is.</summary>
    public static bool IsSettled(TimeSpan age, CredentialsOptions options) => age <= options.Recheck / 2;

    /// <summary>
    /// Whether ISL has accepted the credential within <c>Credentials:StaleProof</c>. What an unknown credential does affects no other
    /// caller: its failures open no circuit and cool no request, and it has no turn of its own in the queue. <c>Recheck</c> would be too
    /// short: while ISL fails it can prove nobody, and its failures must count.
    /// </summary>
    public bool IsKnown(Credential credential) => AgeOf(credential) < settings.Current.Credentials.StaleProof;

    public bool HasProof(Digest credential) => AgeOf(credential) < TimeSpan.MaxValue;

    /// <summary>ISL answered a 2xx on an authenticated path.</summary>
    /// <param name="credential">The credential.</param>
    /// <param name="begunAt">When the call began, as a timestamp of the time provider.</param>
    /// <returns>False if the credential was refused after that, here or elsewhere: then the refusal stands.</returns>
    public bool Prove(Credential credential, long begunAt)
    {
        var (carried, since) = tokens.ProofOf(credential.Digest);
        return begunAt > since && Take(credential, begunAt, carried);
    }

    /// <summary>Takes over a proof that another gateway has left.</summary>
    public void Adopt(Credential credential, Proof proof) => Take(credential, Ago(proof.Age), proof.Carried);

    /// <summary>ISL answered 401 or 403.</summary>
    /// <returns>Whether there was a proof, which this has ended.</returns>
    public bool Refuse(Digest credential)
    {
        var hadProof = HasProof(credential);
        var entry = Of(credential);
        lock (entry) (entry.ProvenAt, entry.SharedAt, entry.RefusedAt) = (long.MinValue, long.MinValue, time.GetTimestamp());
        if (hadProof) Refused?.Invoke(credential);
        return hadProof;
    }

    /// <summary>The proof of a credential, if its copy in Redis is due to be written.</summary>
    public Proof? Share(Credential credential)
    {
        var entry = Of(credential.Digest);
        lock (entry)
        {
            var due = Ago(settings.Current.Credentials.Recheck / SharesPerRecheck);
            if (entry.ProvenAt == long.MinValue || entry.SharedAt > due) return null;
            entry.SharedAt = time.GetTimestamp();
            return new Proof(time.GetElapsedTime(entry.ProvenAt), entry.Carried);
        }
    }

    private bool Take(Credential credential, long begunAt, Digest carried)
    {
        var wasKnown = IsKnown(credential);
        var entry = Of(credential.Digest);
        lock (entry)
        {
            if (begunAt <= entry.RefusedAt) return false;
            if (carried != entry.Carried) (entry.ProvenAt, entry.SharedAt) = (long.MinValue, long.MinValue);
            (entry.ProvenAt, entry.Carried) = (Math.Max(entry.ProvenAt, begunAt), carried);
        }

        if (!wasKnown && IsKnown(credential)) Introduced?.Invoke(credential);
        return true;
    }

    private TimeSpan AgeOf(Digest credential)
    {
        if (!_known.TryGet(credential, out var entry)) return TimeSpan.MaxValue;
        lock (entry)
        {
            var counts = entry.ProvenAt > long.MinValue && entry.Carried == tokens.ProofOf(credential).Carried;
            return counts ? time.GetElapsedTime(entry.ProvenAt) : TimeSpan.MaxValue;
        }
    }

    private long Ago(TimeSpan age) => time.GetTimestamp() - (long)(Math.Max(0, age.TotalSeconds) * time.TimestampFrequency);

    private Entry Of(Digest credential) => _known.GetOrAdd(credential, static _ => new Entry());

    /// <summary>
    /// What is known about one credential; used only under its own lock. Times are timestamps; the smallest value means never.
    /// </summary>
    private sealed class Entry
    {
        public long ProvenAt { get; set; } = long.MinValue;

        public Digest Carried { get; set; }

        public long RefusedAt { get; set; } = long.MinValue;

        public long SharedAt { get; set; } = long.MinValue;
    }
}
