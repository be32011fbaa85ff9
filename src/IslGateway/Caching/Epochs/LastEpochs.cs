using IslGateway.Content;
using IslGateway.Settings;

namespace IslGateway.Caching.Epochs;

/// <summary>
/// The epochs that ISL was last known to compute under. While there is no evidence young enough to look anything up, what was stored under
/// them may still stand in for an ISL that cannot be asked. They are this gateway's own knowledge or, where that is younger, what another
/// gateway, or this one before a restart, has left in Redis.
/// </summary>
internal sealed class LastEpochs(ReplicaRegistry book, TimeProvider time)
{
    private volatile AdoptedEpochs? _adopted;

    /// <summary>Takes over what others know.</summary>
    /// <param name="epochs">The epochs, the most recently evidenced first.</param>
    /// <param name="age">Of the evidence.</param>
    public void Adopt(IReadOnlyList<Epoch> epochs, TimeSpan age) =>
        _adopted = new AdoptedEpochs(epochs, Ago(age));

    /// <summary>
    /// Digests to look under, and for how long the evidence for them has been too old: longer than no time at all, since another gateway's
    /// evidence is not this one's, however young.
    /// </summary>
    public (IReadOnlyList<Digest> Digests, TimeSpan Lapsed) Find(GatewaySettings settings)
    {
        var (epochs, age) = Youngest();
        var generation = settings.Cache.Generation;
        var lapsed = age - settings.Isl.EpochMaxAge;
        if (lapsed <= TimeSpan.Zero) lapsed = TimeSpan.FromTicks(1);
        return ([.. epochs.Distinct().Take(ReplicaRegistry.MaxLookupEpochs).Select(epoch => epoch.DigestWith(generation))], lapsed);
    }

    private (IEnumerable<Epoch> Epochs, TimeSpan Age) Youngest()
    {
        var replicas = book.Replicas;
        var own = new List<(TimeSpan Age, Epoch Epoch)>();
        foreach (var replica in replicas)
        {
            var age = replica.EvidenceAge;
            if (replica.Epoch is { } epoch && Holds(replicas, epoch, Ago(age))) own.Add((age, epoch));
        }

        own.Sort(static (a, b) => a.Age.CompareTo(b.Age));
        return _adopted is { } adopted && time.GetElapsedTime(adopted.At) is var theirs && (own.Count == 0 || theirs < own[0].Age)
            ? (adopted.Epochs.Where(epoch => Holds(replicas, epoch, adopted.At)), theirs)
            : (own.Select(known => known.Epoch), own.Count == 0 ? TimeSpan.Zero : own[0].Age);
    }

    /// <summary>
    /// Whether ISL's answers have not spoken against an epoch since there was evidence for it, or some replica's still speak for it.
    /// </summary>
    private static bool Holds(IReadOnlyCollection<Replica> replicas, Epoch epoch, long since)
    {
        var isDoubted = false;
        foreach (var replica in replicas)
        {
            if (replica.SaidOf(epoch, since) is not { } isIts) continue;
            if (isIts) return true;
            isDoubted = true;
        }

        return !isDoubted;
    }

    private long Ago(TimeSpan age) => time.GetTimestamp() - (long)(age.TotalSeconds * time.TimestampFrequency);

    /// <param name="Epochs">The epochs.</param>
    /// <param name="At">When there was evidence for them, as a timestamp of the time provider.</param>
    private sealed record AdoptedEpochs(IReadOnlyList<Epoch> Epochs, long At);
}
