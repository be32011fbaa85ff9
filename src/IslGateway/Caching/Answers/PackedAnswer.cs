using System.Buffers;
using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using System.Text;
using IslGateway.Content;

namespace IslGateway.Caching.Answers;

/// <summary>
/// An answer in gzip, made once for all callers: what stands between the gaps is deflated, and each caller's id goes into a gap as a block
/// that is stored as it is.
/// <code>
///   packed = header *( deflated stored ) deflated end crc length     RFC 1952
///   deflated                                          blocks of RFC 1951 that end on a byte (sync flush) and refer to nothing before them
///   stored = 0x00 LEN NLEN id                         RFC 1951, section 3.2.4
///   end    = 0x01 0x0000 0xFFFF                       the same, empty and last
/// </code>
/// </summary>
internal sealed class PackedAnswer
{
    private const int StoredHead = 5;
    private const int Trailer = 8;

    /// <summary>Bytes of this object: its head, two references and a number.</summary>
    private const int OwnSize = 40;

    private readonly byte[] _deflated;
    private readonly Part[] _parts;
    private readonly int _length;

    private PackedAnswer(byte[] deflated, Part[] parts, int length) => (_deflated, _parts, _length) = (deflated, parts, length);

    private static ReadOnlySpan<byte> Header => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];

    private static ReadOnlySpan<byte> End => [1, 0, 0, 0xFF, 0xFF];

    /// <summary>Bytes that it adds to the answer's size.</summary>
    public long Size => HeapSize.OfArray(_deflated.Length) + HeapSize.OfArray(_parts.Length * Part.Size) + OwnSize;

    /// <summary>Whether it is smaller than the plain form, whatever id is in the gaps.</summary>
    public bool IsSmaller => LengthFor("") < _length;

    /// <summary>Packs an answer; null if there is no room to.</summary>
    /// <param name="body">The body without the ids.</param>
    /// <param name="gaps">Where they belong.</param>
    /// <param name="room">Where what is needed meanwhile is counted.</param>
    public static PackedAnswer? TryMake(ReadOnlySpan<byte> body, IReadOnlyList<int> gaps, BufferBudget room)
    {
        // Deflate stores what it cannot make smaller, with a few bytes for each block.
        var limit = Math.Min(PooledBuffer.MaxLimit, body.Length + (body.Length / 64) + (1_024 * (gaps.Count + 1L)));
        using var packed = new PooledBuffer(room, limit);
        var parts = new Part[gaps.Count + 1];
        var from = 0;
        for (var i = 0; i < parts.Length; i++)
        {
            var to = i < gaps.Count ? gaps[i] : body.Length;
            var part = body[from..to];
            if (!TryDeflate(part, packed)) return null;
            parts[i] = new Part(packed.Length, Crc32.HashToUInt32(part), Crc32Parts.ShiftOf(part.Length));
            from = to;
        }

        return new PackedAnswer(packed.WrittenSpan.ToArray(), parts, body.Length);
    }

    /// <summary>The length with the given id in its gaps.</summary>
    public long LengthFor(string requestId) =>
        Header.Length + _deflated.Length + ((_parts.Length - 1) * (StoredHead + (long)requestId.Length)) + End.Length + Trailer;

    /// <summary>Writes it with an id in its gaps.</summary>
    public void Write(IBufferWriter<byte> writer, string requestId)
    {
        writer.Write(Header);
        var (from, sum) = (0, 0u);
        for (var i = 0; i < _parts.Length; i++)
        {
            ref readonly var part = ref _parts[i];
            if (i > 0)
            {
                WriteStored(writer, requestId);
                sum = Crc32Parts.Append(sum, requestId);
            }

            writer.Write(_deflated.AsSpan(from, part.End - from));
            sum = i == 0 ? part.Crc : Crc32Parts.Join(sum, part.Crc, part.Shift);
            from = part.End;
        }

        writer.Write(End);
        var trailer = writer.GetSpan(Trailer);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, sum);
        BinaryPrimitives.WriteUInt32LittleEndian(
            trailer[sizeof(uint)..], (uint)(_length + ((_parts.Length - 1) * (long)requestId.Length)));
        writer.Advance(Trailer);
    }

    /// <summary>The body that it was made of, without the ids.</summary>
    public byte[] Unpack()
    {
        var body = GC.AllocateUninitializedArray<byte>(_length);
        using var inflate = new DeflateStream(new MemoryStream(_deflated, writable: false), CompressionMode.Decompress);
        inflate.ReadExactly(body);
        return body;
    }

    /// <summary>The flush ends the blocks on a byte; what the end of the stream adds is not wanted.</summary>
    private static bool TryDeflate(ReadOnlySpan<byte> part, PooledBuffer packed)
    {
        var sink = new BufferSink(packed);
        int end;
        using (var deflate = new DeflateStream(sink, CompressionLevel.Fastest))
        {
            deflate.Write(part);
            deflate.Flush();
            end = packed.Length;
        }

        if (sink.IsFull) return false;
        packed.CutTo(end);
        return true;
    }

    private static void WriteStored(IBufferWriter<byte> writer, string requestId)
    {
        var block = writer.GetSpan(StoredHead + requestId.Length);
        block[0] = 0;
        BinaryPrimitives.WriteUInt16LittleEndian(block[1..], (ushort)requestId.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(block[3..], (ushort)~requestId.Length);
        writer.Advance(StoredHead + Encoding.ASCII.GetBytes(requestId, block[StoredHead..]));
    }

    /// <summary>What stands between two gaps.</summary>
    /// <param name="End">Where it ends in the deflated bytes.</param>
    /// <param name="Crc">The CRC-32 of its plain bytes.</param>
    /// <param name="Shift"><see cref="Crc32Parts.ShiftOf"/> them.</param>
    private readonly record struct Part(int End, uint Crc, uint Shift)
    {
        public const int Size = 3 * sizeof(int);
    }
}
