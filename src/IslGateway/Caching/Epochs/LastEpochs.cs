using IslGateway.Caching.Keys;
using IslGateway.Settings;

namespace IslGateway.Caching.Epochs;

/// <summary>
/// The epochs that ISL was last known to compute under. While there is no evidence young enough to look anything up, what was stored under them
/// may still stand in for an ISL that cannot be asked. They are this gateway's own knowledge or, where that is younger, what another gateway, or
/// this one before a restart, has left in Redis.
/// </summary>
internal sealed class LastEpochs(ReplicaBook book, SettingsMonitor settings, TimeProvider time)
{
    private volatile AdoptedEpochs? _adopted;

    /// <summary>Takes over what others know.</summary>
    /// <param name="epochs">The epochs, the most recently evidenced first.</param>
    /// <param name="age">Of the evidence.</param>
    public void Adopt(IReadOnlyList<Epoch> epochs, TimeSpan age) =>
        _adopted = new AdoptedEpochs(epochs, time.GetTimestamp() - (long)(age.TotalSeconds * time.TimestampFrequency));

    /// <summary>
    /// Digests to look under, and for how long the evidence for them has been too old: longer than no time at all, since another gateway's evidence
    /// is not this one's, however young.
    /// </summary>
    public (IReadOnlyList<Digest> Digests, TimeSpan Lapsed) Find()
    {
        var (epochs, age) = Youngest();
        var generation = settings.Current.Cache.Generation;
        var lapsed = age - settings.Current.Isl.EpochMaxAge;
        if (lapsed <= TimeSpan.Zero) lapsed = TimeSpan.FromTicks(1);
        return ([.. epochs.Distinct().Take(ReplicaBook.MaxLookupEpochs).Select(epoch => epoch.DigestWith(generation))], lapsed);
    }

    private (IEnumerable<Epoch> Epochs, TimeSpan Age) Youngest()
    {
        var own = new List<(TimeSpan Age, Epoch Epoch)>();
        foreach (var replica in book.Replicas)
        {
            var age = replica.EvidenceAge;
            if (replica.Epoch is { } epoch) own.Add((age, epoch));
        }

        own.Sort(static (a, b) => a.Age.CompareTo(b.Age));
        return Adopted() is { } adopted && time.GetElapsedTime(adopted.At) is var theirs && (own.Count == 0 || theirs < own[0].Age)
            ? (adopted.Epochs, theirs)
            : (own.Select(known => known.Epoch), own.Count == 0 ? TimeSpan.Zero : own[0].Age);
    }

    /// <summary>What was adopted, unless an answer of ISL has spoken against some epoch since: it may have been this one.</summary>
    private AdoptedEpochs? Adopted() =>
        _adopted is { } adopted && !book.Replicas.Any(replica => replica.ContradictedAt >= adopted.At) ? adopted : null;

    /// <param name="Epochs">The epochs.</param>
    /// <param name="At">When there was evidence for them, as a timestamp of the time provider.</param>
    private sealed record AdoptedEpochs(IReadOnlyList<Epoch> Epochs, long At);
}
