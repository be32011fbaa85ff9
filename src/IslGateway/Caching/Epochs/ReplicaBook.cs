using System.Collections.Immutable;
using IslGateway.Caching.Keys;
using IslGateway.Settings;

namespace IslGateway.Caching.Epochs;

/// <summary>The replicas that stand behind the gateway now, and the epochs under which answers may be looked up and filed.</summary>
internal sealed class ReplicaBook(IReplicaSource source, SettingsMonitor settings, TimeProvider time)
{
    /// <summary>Epochs tried in one lookup at most: a rollout has two, a mistaken one a few.</summary>
    private const int MaxLookupEpochs = 4;

    private readonly Lock _gate = new();
    private ImmutableArray<Replica> _replicas = [];
    private LookupEpochs? _lookup;

    /// <summary>Raised when an answer contradicts what a replica's health said: it should be polled at once.</summary>
    public event Action<Replica>? PollWanted;

    /// <summary>The replicas, matched to where the source says they are; what is known of one that stays is kept.</summary>
    public ImmutableArray<Replica> Replicas
    {
        get
        {
            var wanted = source.Replicas;
            var known = _replicas;
            if (Same(known, wanted)) return known;
            lock (_gate)
            {
                known = _replicas;
                return _replicas = [.. wanted.Select(w =>
                    known.FirstOrDefault(k => k.Id == w.Id && k.Address == w.Address) ?? new Replica(w.Id, w.Address, time))];
            }
        }
    }

    /// <summary>The replica of an id, if it is still there.</summary>
    public Replica? Find(string? id) => Replicas.FirstOrDefault(r => r.Id == id);

    /// <summary>
    /// Digests of the epochs that live replicas report, the most recently evidenced first. Empty when no evidence is younger than
    /// <c>Isl:EpochMaxAge</c>: then nothing may be looked up.
    /// </summary>
    public IReadOnlyList<Digest> LookupDigests()
    {
        var current = settings.Current;
        var lookup = _lookup;
        var epochs = FreshEpochs(current.Isl.EpochMaxAge);
        if (lookup is null || lookup.Generation != current.Cache.Generation || !lookup.Epochs.SequenceEqual(epochs))
        {
            _lookup = lookup = new LookupEpochs(epochs, current.Cache.Generation, [.. epochs.Select(e => e.DigestWith(current.Cache.Generation))]);
        }

        return lookup.Digests;
    }

    /// <summary>Asks for a poll of a replica whose answer contradicted its health.</summary>
    public void WantPoll(Replica replica) => PollWanted?.Invoke(replica);

    private List<Epoch> FreshEpochs(TimeSpan maxAge)
    {
        var epochs = new List<Epoch>(1);
        foreach (var (age, epoch) in ByAge(Replicas))
        {
            if (age <= maxAge && epoch is not null && !epochs.Contains(epoch) && epochs.Count < MaxLookupEpochs) epochs.Add(epoch);
        }

        return epochs;
    }

    /// <summary>Ages are read once: they grow while they are compared.</summary>
    private static List<(TimeSpan Age, Epoch? Epoch)> ByAge(ImmutableArray<Replica> replicas)
    {
        var known = new List<(TimeSpan Age, Epoch? Epoch)>(replicas.Length);
        foreach (var replica in replicas) known.Add((replica.EvidenceAge, replica.Epoch));
        known.Sort(static (a, b) => a.Age.CompareTo(b.Age));
        return known;
    }

    private static bool Same(ImmutableArray<Replica> known, IReadOnlyList<(string Id, Uri Address)> wanted)
    {
        if (known.Length != wanted.Count) return false;
        for (var i = 0; i < known.Length; i++)
        {
            if (known[i].Id != wanted[i].Id || known[i].Address != wanted[i].Address) return false;
        }

        return true;
    }

    private sealed record LookupEpochs(IReadOnlyList<Epoch> Epochs, string Generation, IReadOnlyList<Digest> Digests);
}
