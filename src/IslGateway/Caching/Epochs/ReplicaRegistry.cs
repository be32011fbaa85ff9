using System.Collections.Immutable;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching.Epochs;

/// <summary>The replicas that stand behind the gateway now, and the epochs under which answers may be looked up and filed.</summary>
internal sealed class ReplicaRegistry(IReplicaSource source, SettingsMonitor settings, TimeProvider time)
{
    /// <summary>Epochs tried in one lookup at most: a rollout has two, a mistaken one a few.</summary>
    public const int MaxLookupEpochs = 4;

    private readonly Lock _gate = new();
    private ImmutableArray<Replica> _replicas = [];
    private volatile LookupEpochs? _lookup;

    /// <summary>Raised when an answer contradicts what a replica's health said: it should be polled at once.</summary>
    public event Action<Replica>? PollWanted;

    /// <summary>The replicas, matched to where the source says they are; what is known of one that stays is kept.</summary>
    public ImmutableArray<Replica> Replicas
    {
        get
        {
            var wanted = source.Replicas;
            var known = _replicas;
            return Same(known, wanted) ? known : Match(wanted);
        }
    }

    /// <summary>The replica of an id, if it is still there.</summary>
    public Replica? Find(string? id) => Replicas.FirstOrDefault(r => r.Id == id);

    /// <summary>
    /// Digests of the epochs that live replicas report, the most recently evidenced first. Empty when no evidence is younger than
    /// <c>Isl:EpochMaxAge</c>: then nothing may be looked up.
    /// </summary>
    public IReadOnlyList<Digest> LookupDigests() => LookupDigests(settings.Current);

    /// <summary>The same by the settings that a request goes by.</summary>
    public IReadOnlyList<Digest> LookupDigests(GatewaySettings current)
    {
        var replicas = Replicas;
        var lookup = _lookup;
        return lookup is not null && ReferenceEquals(lookup.Settings, current)
            && lookup.Replicas == replicas && lookup.Version == VersionOf(replicas)
            && time.GetElapsedTime(lookup.At) <= lookup.HoldsFor
            ? lookup.Digests
            : (_lookup = LookUp(current, replicas, lookup)).Digests;
    }

    /// <summary>The epochs that <see cref="LookupDigests()"/> stands for, and the age of the youngest evidence.</summary>
    public (IReadOnlyList<Epoch> Epochs, TimeSpan Age) Evidenced()
    {
        LookupDigests();
        return (_lookup!.Epochs, Replicas.Select(replica => replica.EvidenceAge).DefaultIfEmpty(TimeSpan.MaxValue).Min());
    }

    /// <summary>Asks for a poll of a replica whose answer contradicted its health.</summary>
    public void WantPoll(Replica replica) => PollWanted?.Invoke(replica);

    private ImmutableArray<Replica> Match(IReadOnlyList<(string Id, Uri Address, string? Host)> wanted)
    {
        lock (_gate)
        {
            var known = _replicas;
            return _replicas = [.. wanted.Select(w =>
                known.FirstOrDefault(k => k.Id == w.Id && k.Address == w.Address && k.Host == w.Host)
                ?? new Replica(w.Id, w.Address, time) { Host = w.Host })];
        }
    }

    /// <summary>What decides when this must be done again is read first: what changes meanwhile is seen the next time.</summary>
    private LookupEpochs LookUp(GatewaySettings current, ImmutableArray<Replica> replicas, LookupEpochs? last)
    {
        var (at, version) = (time.GetTimestamp(), VersionOf(replicas));
        var (maxAge, generation) = (current.Isl.EpochMaxAge, current.Cache.Generation);
        var holdsFor = TimeSpan.MaxValue;
        var epochs = new List<Epoch>(1);
        foreach (var (age, epoch) in ByAge(replicas))
        {
            if (age > maxAge || epoch is null) continue;

            // Even of an epoch that is there already: when the younger evidence goes, so may its place among them.
            holdsFor = maxAge - age;
            if (!epochs.Contains(epoch) && epochs.Count < MaxLookupEpochs) epochs.Add(epoch);
        }

        // The same list as before, as long as it says the same.
        var digests = last is not null && last.Settings.Cache.Generation == generation && last.Epochs.SequenceEqual(epochs)
            ? last.Digests
            : [.. epochs.Select(e => e.DigestWith(generation))];
        return new LookupEpochs(epochs, digests, current, replicas, version, at, holdsFor);
    }

    private static long VersionOf(ImmutableArray<Replica> replicas)
    {
        var version = 0L;
        foreach (var replica in replicas) version += replica.Version;
        return version;
    }

    /// <summary>Ages are read once: they grow while they are compared.</summary>
    private static List<(TimeSpan Age, Epoch? Epoch)> ByAge(ImmutableArray<Replica> replicas)
    {
        var known = new List<(TimeSpan Age, Epoch? Epoch)>(replicas.Length);
        foreach (var replica in replicas) known.Add((replica.EvidenceAge, replica.Epoch));
        known.Sort(static (a, b) => a.Age.CompareTo(b.Age));
        return known;
    }

    private static bool Same(ImmutableArray<Replica> known, IReadOnlyList<(string Id, Uri Address, string? Host)> wanted)
    {
        if (known.Length != wanted.Count) return false;
        for (var i = 0; i < known.Length; i++)
        {
            if (known[i].Id != wanted[i].Id || known[i].Address != wanted[i].Address || known[i].Host != wanted[i].Host) return false;
        }

        return true;
    }

    /// <summary>
    /// What was found, and as long as what it was found from stays the same, and for how long it holds, need not be looked for again.
    /// </summary>
    private sealed record LookupEpochs(
        IReadOnlyList<Epoch> Epochs, IReadOnlyList<Digest> Digests, GatewaySettings Settings, ImmutableArray<Replica> Replicas,
        long Version, long At, TimeSpan HoldsFor);
}
