using System.Buffers.Binary;

namespace IslGateway.Caching.Keys;

/// <summary>One member of an object that is being written: where its canonical bytes are, and what its key is sorted by.</summary>
internal struct Member
{
    /// <summary>The key's first eight bytes, big-endian, zero-filled: most comparisons need no more.</summary>
    public ulong Prefix;

    /// <summary>Offset of the key's tag; the member ends at <see cref="End"/>, which is set when its value is complete.</summary>
    public int Start;

    public int KeyLength;

    public int End;

    public bool Ignored;

    public readonly int Length => End - Start;

    public static ulong PrefixOf(ReadOnlySpan<byte> key)
    {
        if (key.Length >= sizeof(ulong))
            return BinaryPrimitives.ReadUInt64BigEndian(key);

        Span<byte> filled = stackalloc byte[sizeof(ulong)];
        filled.Clear();
        key.CopyTo(filled);
        return BinaryPrimitives.ReadUInt64BigEndian(filled);
    }
}
