using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace IslGateway.Caching.Tiers;

/// <summary>
/// Reads an envelope's fields. Every method returns false, and allocates nothing, if the bytes are missing or make no sense.
/// </summary>
internal ref struct EnvelopeReader(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public readonly bool AtEnd => _rest.IsEmpty;

    public bool Raw(int length, out ReadOnlySpan<byte> value)
    {
        value = default;
        if (length < 0 || length > _rest.Length) return false;
        value = _rest[..length];
        _rest = _rest[length..];
        return true;
    }

    /// <summary>A number that is not negative, as all in an envelope.</summary>
    public bool Int32(out int value)
    {
        value = 0;
        return Raw(sizeof(int), out var raw) && (value = BinaryPrimitives.ReadInt32LittleEndian(raw)) >= 0;
    }

    /// <summary>A number that is not negative.</summary>
    public bool Int64(out long value)
    {
        value = 0;
        return Raw(sizeof(long), out var raw) && (value = BinaryPrimitives.ReadInt64LittleEndian(raw)) >= 0;
    }

    public bool Duration(out TimeSpan value)
    {
        var read = Int64(out var ticks);
        value = read ? TimeSpan.FromTicks(ticks) : default;
        return read;
    }

    /// <summary>
    /// The number of items that follow; false if the rest is too short for that many of at least <paramref name="minSize"/> bytes each.
    /// </summary>
    public bool Count(int minSize, out int count) => Int32(out count) && count <= _rest.Length / minSize;

    public bool Blob(out ReadOnlySpan<byte> value)
    {
        value = default;
        return Int32(out var length) && Raw(length, out value);
    }

    public bool Text([NotNullWhen(true)] out string? value)
    {
        value = Blob(out var raw) && Utf8.IsValid(raw) ? Encoding.UTF8.GetString(raw) : null;
        return value is not null;
    }
}
