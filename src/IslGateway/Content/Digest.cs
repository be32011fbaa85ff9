using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace IslGateway.Content;

/// <summary>32 bytes of SHA-256 or HMAC-SHA256, as a dictionary key that needs no allocation.</summary>
internal readonly struct Digest : IEquatable<Digest>
{
    public const int Size = 32;

    private readonly ulong _first, _second, _third, _fourth;

    private Digest(ReadOnlySpan<byte> bytes)
    {
        _first = BinaryPrimitives.ReadUInt64LittleEndian(bytes);
        _second = BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..]);
        _third = BinaryPrimitives.ReadUInt64LittleEndian(bytes[16..]);
        _fourth = BinaryPrimitives.ReadUInt64LittleEndian(bytes[24..]);
    }

    /// <summary>A digest of exactly <see cref="Size"/> bytes.</summary>
    public static Digest FromBytes(ReadOnlySpan<byte> bytes)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(bytes.Length, Size, nameof(bytes));
        return new Digest(bytes);
    }

    /// <summary>The SHA-256 of <paramref name="content"/>.</summary>
    public static Digest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(content, hash);
        return new Digest(hash);
    }

    /// <summary>The SHA-256 of a text's UTF-8.</summary>
    public static Digest OfText(string text) => Of(Encoding.UTF8.GetBytes(text));

    /// <summary>A digest that differs from every other and stands for nothing.</summary>
    public static Digest Random()
    {
        Span<byte> random = stackalloc byte[Size];
        RandomNumberGenerator.Fill(random);
        return new Digest(random);
    }

    /// <summary>Writes the <see cref="Size"/> bytes that <see cref="FromBytes"/> takes.</summary>
    public void CopyTo(Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(destination.Length, Size, nameof(destination));
        BinaryPrimitives.WriteUInt64LittleEndian(destination, _first);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[8..], _second);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[16..], _third);
        BinaryPrimitives.WriteUInt64LittleEndian(destination[24..], _fourth);
    }

    public bool Equals(Digest other) =>
        _first == other._first && _second == other._second && _third == other._third && _fourth == other._fourth;

    public override bool Equals(object? obj) => obj is Digest other && Equals(other);

    /// <summary>A digest's bits are uniform, so its first word is a good hash.</summary>
    public override int GetHashCode() => _first.GetHashCode();

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public override string ToString()
    {
        Span<byte> bytes = stackalloc byte[Size];
        CopyTo(bytes);
        return Convert.ToHexStringLower(bytes);
    }

    public static bool operator ==(Digest left, Digest right) => left.Equals(right);

    public static bool operator !=(Digest left, Digest right) => !left.Equals(right);
}
