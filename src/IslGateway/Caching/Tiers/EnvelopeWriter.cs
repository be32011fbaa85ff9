using System.Buffers.Binary;
using System.Text;
using IslGateway.Content;

namespace IslGateway.Caching.Tiers;

/// <summary>Writes an envelope's fields into a buffer that is large enough.</summary>
internal ref struct EnvelopeWriter(Span<byte> buffer)
{
    private readonly Span<byte> _buffer = buffer;

    public int Written { get; private set; }

    public void Byte(byte value) => _buffer[Written++] = value;

    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer[Written..], value);
        Written += sizeof(int);
    }

    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer[Written..], value);
        Written += sizeof(long);
    }

    public void Digest(Digest value)
    {
        value.CopyTo(_buffer[Written..]);
        Written += Content.Digest.Size;
    }

    public void Text(string value)
    {
        var length = Encoding.UTF8.GetBytes(value, _buffer[(Written + sizeof(int))..]);
        Int32(length);
        Written += length;
    }

    public void Blob(ReadOnlySpan<byte> value)
    {
        Int32(value.Length);
        Raw(value);
    }

    public void Raw(ReadOnlySpan<byte> value)
    {
        value.CopyTo(_buffer[Written..]);
        Written += value.Length;
    }
}
