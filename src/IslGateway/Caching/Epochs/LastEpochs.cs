using IslGateway.Content;
using IslGateway.Settings;

namespace IslGateway.Caching.Epochs;

/// <summary>
/// The epochs that ISL was last known to compute under. While the evidence is too old for fresh hits, answers stored under them may still
/// stand in for ISL. They come from this gateway's own replicas or, if those are younger, from what another gateway, or this one before a
/// restart, left in Redis.
/// </summary>
internal sealed class LastEpochs(ReplicaRegistry book, TimeProvider time)
{
    private volatile AdoptedEpochs? _adopted;

    /// <summary>Takes over the epochs that another gateway left.</summary>
    /// <param name="epochs">The epochs, the most recently confirmed first.</param>
    /// <param name="age">Age of the evidence for them.</param>
    public void Adopt(IReadOnlyList<Epoch> epochs, TimeSpan age) =>
        _adopted = new AdoptedEpochs(epochs, Ago(age));

    /// <summary>The epochs that another gateway left; empty if none did.</summary>
    public IReadOnlyList<Epoch> Adopted => _adopted?.Epochs ?? [];

    /// <summary>
    /// Digests to look under, and for how long the evidence for them has been too old. Always more than zero, because another gateway's
    /// evidence, however young, allows no fresh hits here.
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
    /// Whether an epoch may still be ISL's: no replica has named another one since the evidence for it, or some replica still names it.
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
    /// <param name="At">When they were last confirmed, as a timestamp of the time provider.</param>
    private sealed record AdoptedEpochs(IReadOnlyList<Epoch> Epochs, long At);
}
