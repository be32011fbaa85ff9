using System.Buffers.Binary;
using System.Numerics;
using IslGateway.Content;

namespace IslGateway.Caching.Tiers;

/// <summary>
/// Remembers of entries that made room how often they had been asked for, so that one that comes back is not a stranger. A table of 8 bytes
/// a place, in which a later entry takes the place of an earlier one: what is long gone is forgotten by itself. Not thread-safe.
/// </summary>
internal sealed class EvictedReuse
{
    /// <summary>Bytes of the memory tier for each place: about one entry.</summary>
    private const long BytesPerPlace = 2_048;

    private const long FewestPlaces = 256;
    private const long MostPlaces = 1 << 20;

    /// <summary>The lowest bits of a place hold the count, the others are the digest's own.</summary>
    private const ulong CountBits = MemoryNode.MostReuse;

    private ulong[] _places = [];

    /// <summary>Fits the table to a limit of the memory tier; a table of another size begins empty.</summary>
    public void FitTo(long limit)
    {
        var places = (long)BitOperations.RoundUpToPowerOf2((ulong)Math.Clamp(limit / BytesPerPlace, FewestPlaces, MostPlaces));
        if (places != _places.Length) _places = new ulong[places];
    }

    public void Remember(Digest key, byte reuse)
    {
        if (_places.Length > 0) PlaceOf(key, out var mark) = mark | reuse;
    }

    /// <summary>What was remembered of an entry, and that it is asked for again; 0 if nothing was.</summary>
    public byte Recall(Digest key)
    {
        if (_places.Length == 0) return 0;
        var place = PlaceOf(key, out var mark);
        return (place & ~CountBits) == mark ? (byte)Math.Min(MemoryNode.MostReuse, (place & CountBits) + 1) : (byte)0;
    }

    public void Clear() => Array.Clear(_places);

    private ref ulong PlaceOf(Digest key, out ulong mark)
    {
        Span<byte> bytes = stackalloc byte[Digest.Size];
        key.CopyTo(bytes);
        mark = BinaryPrimitives.ReadUInt64LittleEndian(bytes) & ~CountBits;
        return ref _places[BinaryPrimitives.ReadUInt64LittleEndian(bytes[sizeof(ulong)..]) & (ulong)(_places.Length - 1)];
    }
}
