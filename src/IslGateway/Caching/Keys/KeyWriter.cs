using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Unicode;
using IslGateway.Content;

namespace IslGateway.Caching.Keys;

/// <summary>Composes the digest of an entry's key from its parts: SHA-256, or HMAC-SHA256 under a secret.</summary>
/// <remarks>
/// <code>
/// key  = *part                                    in the order of the calls
/// part = tag length bytes                         tag: KeyPart; length: int32 little-endian
///      / ( tag + 0x80 ) length bytes              characters that are no valid UTF-16, as UTF-16LE: replacing them would make two keys one
/// </code>
/// Every part carries its own length, so bytes cannot move from one part to the next. A part that comes several times counts each time.
/// </remarks>
/// <param name="scratch">Where the parts are collected, usually on the stack; a pooled buffer takes over when it is full.</param>
/// <param name="secret">The HMAC key; empty for a plain hash.</param>
internal ref struct KeyWriter(Span<byte> scratch, ReadOnlySpan<byte> secret)
{
    /// <summary>Enough for a usual request: ten digests or short texts, and a path.</summary>
    public const int UsualSize = 512;

    private const int PartHeader = 1 + sizeof(int);
    private const byte NotUnicode = 0x80;

    private readonly ReadOnlySpan<byte> _secret = secret;
    private Span<byte> _bytes = scratch;
    private byte[]? _rented;
    private int _length;

    public void Append(KeyPart part, scoped ReadOnlySpan<byte> value)
    {
        value.CopyTo(Open(value.Length));
        Close((byte)part, value.Length);
    }

    public void Append(KeyPart part, scoped ReadOnlySpan<char> value)
    {
        // One UTF-16 unit becomes three bytes at most.
        var room = Open(checked(3 * value.Length));
        if (Utf8.FromUtf16(value, room, out _, out var written, replaceInvalidSequences: false) == OperationStatus.Done)
        {
            Close((byte)part, written);
            return;
        }

        for (var i = 0; i < value.Length; i++)
            BinaryPrimitives.WriteUInt16LittleEndian(room[(i * sizeof(char))..], value[i]);
        Close((byte)((byte)part | NotUnicode), value.Length * sizeof(char));
    }

    public void Append(KeyPart part, Digest value)
    {
        value.CopyTo(Open(Digest.Size));
        Close((byte)part, Digest.Size);
    }

    /// <summary>The digest of all parts. Returns the pooled buffer, so the writer is empty afterwards.</summary>
    public Digest Finish()
    {
        Span<byte> hash = stackalloc byte[Digest.Size];
        if (_secret.IsEmpty)
            SHA256.HashData(_bytes[.._length], hash);
        else
            HMACSHA256.HashData(_secret, _bytes[.._length], hash);

        Release();
        _bytes = default;
        _length = 0;
        return Digest.FromBytes(hash);
    }

    private Span<byte> Open(int length)
    {
        var needed = checked(_length + PartHeader + length);
        if (needed > _bytes.Length)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, 2 * _bytes.Length));
            _bytes[.._length].CopyTo(larger);
            Release();
            _bytes = _rented = larger;
        }

        return _bytes[(_length + PartHeader)..];
    }

    private void Close(byte tag, int length)
    {
        _bytes[_length] = tag;
        BinaryPrimitives.WriteInt32LittleEndian(_bytes[(_length + 1)..], length);
        _length += PartHeader + length;
    }

    private void Release()
    {
        if (_rented is not null)
            ArrayPool<byte>.Shared.Return(_rented);
        _rented = null;
    }
}
