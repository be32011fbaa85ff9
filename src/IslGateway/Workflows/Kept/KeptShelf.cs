using System.Diagnostics.CodeAnalysis;

namespace IslGateway.Workflows.Kept;

/// <summary>
/// Entries within a budget of bytes, in the order of their worth: when it is full, those of least worth go, and none comes that is worth
/// less than what would have to go for it. Not thread-safe.
/// </summary>
internal sealed class KeptShelf
{
    /// <summary>
    /// How many entries that were hit meanwhile are put right in the order before others make room: a bound for the work of one addition.
    /// </summary>
    private const int MostSettled = 256;

    private readonly Dictionary<KeptKey, KeptEntry> _entries = [];
    private readonly SortedSet<KeptEntry> _leastFirst = new(Comparer<KeptEntry>.Create(static (a, b) =>
        a.Score.CompareTo(b.Score) is var byWorth and not 0 ? byWorth : a.Number.CompareTo(b.Number)));

    private long _numbers;

    public int Count => _entries.Count;

    public long Bytes { get; private set; }

    public IReadOnlyCollection<KeptEntry> Entries => _entries.Values;

    public bool TryFind(KeptKey key, [NotNullWhen(true)] out KeptEntry? entry) => _entries.TryGetValue(key, out entry);

    /// <summary>Whether there is room for one, if need be that of entries worth less.</summary>
    public bool HasRoom(long size, double score, long budget, double moment) => MakeRoom(size, score, budget, moment) is not null;

    /// <summary>Adds one, if there is room.</summary>
    /// <param name="entry">The entry, whose key is not there yet.</param>
    /// <param name="hits">How often it was asked by now.</param>
    /// <param name="budget">Bytes that all may take together.</param>
    /// <param name="moment">Now, in half-lives.</param>
    public bool TryAdd(KeptEntry entry, double hits, long budget, double moment)
    {
        entry.Settle(moment, hits);
        if (MakeRoom(entry.Size, entry.Score, budget, moment) is not { } leaving) return false;
        foreach (var other in leaving) Remove(other);
        entry.Number = ++_numbers;
        _entries.Add(entry.Key, entry);
        _leastFirst.Add(entry);
        Bytes += entry.Size;
        return true;
    }

    /// <summary>Counts hits of an entry, and what else was learnt of it.</summary>
    public void Settle(KeptEntry entry, double moment, double hits = 0, double? seconds = null)
    {
        _leastFirst.Remove(entry);
        if (seconds is { } measured) entry.Seconds = measured;
        entry.Settle(moment, hits);
        _leastFirst.Add(entry);
    }

    public void Remove(KeptEntry entry)
    {
        if (!_entries.Remove(entry.Key)) return;
        _leastFirst.Remove(entry);
        Bytes -= entry.Size;
        entry.Leave();
    }

    /// <summary>
    /// Takes in the hits that entries had since it was last done, which count less and less from then on, and removes those of least worth
    /// until all are within a budget.
    /// </summary>
    public void Trim(long budget, double moment)
    {
        foreach (var hot in _entries.Values.Where(entry => entry.IsHot).ToList()) Settle(hot, moment);
        while (Bytes > budget && _leastFirst.Min is { } least) Remove(least);
    }

    /// <summary>What has to go for an entry; null: it would have to be worth more.</summary>
    private List<KeptEntry>? MakeRoom(long size, double score, long budget, double moment)
    {
        if (size > budget) return null;
        var (leaving, hot) = (new List<KeptEntry>(), new List<KeptEntry>());
        for (var settled = 0; ; settled += hot.Count)
        {
            leaving.Clear();
            hot.Clear();
            var room = budget - Bytes;
            foreach (var entry in _leastFirst)
            {
                if (room >= size || entry.Score >= score) break;
                if (!entry.IsHot)
                {
                    leaving.Add(entry);
                    room += entry.Size;
                }
                else if (settled + hot.Count < MostSettled)
                {
                    hot.Add(entry);
                }
            }

            if (hot.Count == 0) return room >= size ? leaving : null;
            foreach (var entry in hot) Settle(entry, moment);
        }
    }
}
