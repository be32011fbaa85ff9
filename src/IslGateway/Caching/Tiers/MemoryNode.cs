using IslGateway.Caching.Answers;
using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.Caching.Tiers;

/// <summary>
/// One entry of the memory tier, and what its worth is reckoned from. Only <see cref="Visit"/> and <see cref="LeftForRoom"/> may be used
/// without the store's lock.
/// </summary>
internal sealed class MemoryNode(Digest key, StoredAnswer answer, EndpointRow? row = null, long number = 0) : IAnswerKeeper
{
    /// <summary>The most that is counted of an entry's hits.</summary>
    public const byte MostReuse = 127;

    private volatile bool _leftForRoom;
    private byte _hits;

    /// <summary>Where it stands in the order by worth; the heap's own.</summary>
    public int WorthPlace;

    /// <summary>Where it stands in the order by <see cref="FreshUntil"/>; the heap's own.</summary>
    public int EndPlace;

    public Digest Key { get; } = key;

    public StoredAnswer Answer { get; } = answer;

    /// <summary>The row whose purge removes it.</summary>
    public EndpointRow? Row { get; } = row;

    /// <summary>Entries are numbered in the order in which they were stored.</summary>
    public long Number { get; } = number;

    /// <summary>Bytes that it counts for; changed under the store's lock alone.</summary>
    public long Size { get; set; } = answer.Size;

    /// <summary>The store that it is in, which counts what the answer comes to hold.</summary>
    public MemoryStore? Store { get; init; }

    /// <summary>When its freshness ends; a timestamp of the store's time provider.</summary>
    public long FreshUntil { get; init; }

    /// <summary>Times that it was asked for, as far as they were counted in already: 0 to <see cref="MostReuse"/>.</summary>
    public byte Reuse { get; set; }

    /// <summary>Whether it is gone because its room was needed, and for no other reason.</summary>
    public bool LeftForRoom
    {
        get => _leftForRoom;
        set => _leftForRoom = value;
    }

    /// <summary>
    /// Counts a hit. Two at once may count as one, and from <see cref="MostReuse"/> on nothing is written, so that a hot entry's cache line
    /// stays shared between the cores.
    /// </summary>
    public void Visit()
    {
        var hits = _hits;
        if (hits < MostReuse) _hits = (byte)(hits + 1);
    }

    /// <summary>Adds the hits since the last time to <see cref="Reuse"/>.</summary>
    /// <returns>Whether there were any.</returns>
    public bool CountHits()
    {
        var hits = _hits;
        if (hits == 0) return false;
        _hits = 0;
        Reuse = (byte)Math.Min(MostReuse, Reuse + hits);
        return true;
    }

    public void Changed() => Store?.Changed(this);
}
