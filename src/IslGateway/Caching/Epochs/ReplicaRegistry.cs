using System.Collections.Immutable;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching.Epochs;

/// <summary>The replicas that are behind the gateway now, and the epochs under which answers may be looked up and filed.</summary>
internal sealed class ReplicaRegistry(IReplicaSource source, SettingsMonitor settings, TimeProvider time)
{
    /// <summary>The most epochs tried in one lookup: a rollout has two, a mistaken one a few.</summary>
    public const int MaxLookupEpochs = 4;

    private readonly Lock _gate = new();
    private ImmutableArray<Replica> _replicas = [];
    private volatile LookupEpochs? _lookup;
    private volatile EpochDigest? _digest;

    /// <summary>Raised when an answer contradicts a replica's last health report, so that the replica should be polled at once.</summary>
    public event Action<Replica>? PollWanted;

    /// <summary>The replicas that the source names now. A replica that stays keeps what is known about it.</summary>
    public ImmutableArray<Replica> Replicas
    {
        get
        {
            var wanted = source.Replicas;
            var known = _replicas;
            return Same(known, wanted) ? known : Match(wanted);
        }
    }

    /// <summary>The replica with an id, if it still exists.</summary>
    public Replica? Find(string? id)
    {
        foreach (var replica in Replicas)
        {
            if (replica.Id == id) return replica;
        }

        return null;
    }

    /// <summary><see cref="Epoch.DigestWith"/>, remembered for the epoch that was asked for last.</summary>
    public Digest DigestOf(Epoch epoch, string generation)
    {
        var known = _digest;
        if (known is null || known.Epoch != epoch || known.Generation != generation)
            _digest = known = new EpochDigest(epoch, generation, epoch.DigestWith(generation));
        return known.Digest;
    }

    /// <summary>
    /// Digests of the epochs that live replicas report, the most recently confirmed first. Empty when no evidence is younger than
    /// <c>Isl:EpochMaxAge</c>: then no fresh hit is allowed.
    /// </summary>
    public IReadOnlyList<Digest> LookupDigests() => LookupDigests(settings.Current);

    /// <summary>The same by a request's own settings.</summary>
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

    /// <summary>The epochs behind <see cref="LookupDigests()"/>, and the age of the youngest evidence.</summary>
    public (IReadOnlyList<Epoch> Epochs, TimeSpan Age) Evidenced()
    {
        LookupDigests();
        return (_lookup!.Epochs, Replicas.Select(replica => replica.EvidenceAge).DefaultIfEmpty(TimeSpan.MaxValue).Min());
    }

    /// <summary>Asks for a poll of a replica whose answer contradicted its last report.</summary>
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

    /// <summary>
    /// The versions that decide when to compute this again are read before the data, so that a change during the computation is noticed
    /// next time.
    /// </summary>
    private LookupEpochs LookUp(GatewaySettings current, ImmutableArray<Replica> replicas, LookupEpochs? last)
    {
        var (at, version) = (time.GetTimestamp(), VersionOf(replicas));
        var (maxAge, generation) = (current.Isl.EpochMaxAge, current.Cache.Generation);
        var holdsFor = TimeSpan.MaxValue;
        var epochs = new List<Epoch>(1);
        foreach (var (age, epoch) in ByAge(replicas))
        {
            if (age > maxAge || epoch is null) continue;

            // Also for an epoch that is in the list already: when its younger evidence expires, its place in the list may change.
            holdsFor = maxAge - age;
            if (!epochs.Contains(epoch) && epochs.Count < MaxLookupEpochs) epochs.Add(epoch);
        }

        // Keeps the previous list object if its content is the same.
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

    /// <summary>Ages are read once, because they grow while they are compared.</summary>
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

    private sealed record EpochDigest(Epoch Epoch, string Generation, Digest Digest);

    /// <summary>
    /// A computed list with all that it was computed from: while that is unchanged, and for as long as it holds, it is not computed again.
    /// </summary>
    private sealed record LookupEpochs(
        IReadOnlyList<Epoch> Epochs, IReadOnlyList<Digest> Digests, GatewaySettings Settings, ImmutableArray<Replica> Replicas,
        long Version, long At, TimeSpan HoldsFor);
}
