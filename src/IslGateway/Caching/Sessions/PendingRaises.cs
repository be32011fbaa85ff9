using IslGateway.Caching.Keys;

namespace IslGateway.Caching.Sessions;

/// <summary>Raises that Redis has not acknowledged. Bounded: past a number of names, everyone's token stands for them all.</summary>
internal sealed class PendingRaises
{
    private const int MaxNames = 1_024;

    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, long> _names = [];
    private long _version;

    public bool IsEmpty
    {
        get { lock (_gate) return _names.Count == 0; }
    }

    public void Add(IReadOnlyList<Digest> names)
    {
        lock (_gate)
        {
            _version++;
            foreach (var name in names) _names[name] = _version;
            if (_names.Count <= MaxNames) return;
            _names.Clear();
            _names[BeliefVersions.Everyone] = _version;
        }
    }

    /// <summary>What is pending, and as of which addition.</summary>
    public (long Version, IReadOnlyList<Digest> Names) Snapshot()
    {
        lock (_gate) return (_version, [.. _names.Keys]);
    }

    /// <summary>These were written; what was added again since then is still to do.</summary>
    public void Acknowledge(long version, IReadOnlyList<Digest> names)
    {
        lock (_gate)
        {
            foreach (var name in names)
            {
                if (_names.TryGetValue(name, out var added) && added <= version) _names.Remove(name);
            }
        }
    }
}
