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

    private readonly StoredAnswer _answer;
    private readonly byte[] _deflated;
    private readonly int[] _ends;
    private readonly uint _crc;

    private PackedAnswer(StoredAnswer answer, byte[] deflated, int[] ends)
    {
        (_answer, _deflated, _ends) = (answer, deflated, ends);
        if (answer.IdGaps.Count == 0) _crc = Crc32.HashToUInt32(answer.Body.Span);
    }

    private static ReadOnlySpan<byte> Header => [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 0xFF];

    private static ReadOnlySpan<byte> End => [1, 0, 0, 0xFF, 0xFF];

    /// <summary>Bytes that it adds to the answer's size.</summary>
    public long Size => _deflated.Length + (sizeof(int) * _ends.Length) + 96;

    /// <summary>Packs an answer; null if there is no room to.</summary>
    public static PackedAnswer? TryMake(StoredAnswer answer, BufferBudget room)
    {
        // Deflate stores what it cannot make smaller, with a few bytes for each block.
        var limit = Math.Min(PooledBuffer.MaxLimit, answer.Body.Length + (answer.Body.Length / 64) + (1_024 * (answer.IdGaps.Count + 1L)));
        using var packed = new PooledBuffer(room, limit);
        var ends = new int[answer.IdGaps.Count + 1];
        for (var i = 0; i < ends.Length; i++)
        {
            if (!TryDeflate(PartOf(answer, i), packed)) return null;
            ends[i] = packed.Length;
        }

        return new PackedAnswer(answer, packed.WrittenSpan.ToArray(), ends);
    }

    /// <summary>The length with the given id in its gaps.</summary>
    public long LengthFor(string requestId) =>
        Header.Length + _deflated.Length + (_answer.IdGaps.Count * (StoredHead + (long)requestId.Length)) + End.Length + Trailer;

    /// <summary>Writes it with an id in its gaps.</summary>
    public void Write(IBufferWriter<byte> writer, string requestId)
    {
        writer.Write(Header);
        var from = 0;
        for (var i = 0; i < _ends.Length; i++)
        {
            if (i > 0) WriteStored(writer, requestId);
            writer.Write(_deflated.AsSpan(from, _ends[i] - from));
            from = _ends[i];
        }

        writer.Write(End);
        var trailer = writer.GetSpan(Trailer);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, _answer.IdGaps.Count == 0 ? _crc : CrcWith(requestId));
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[sizeof(uint)..], (uint)_answer.LengthFor(requestId));
        writer.Advance(Trailer);
    }

    /// <summary>The part of a body before a gap, or after the last one.</summary>
    private static ReadOnlySpan<byte> PartOf(StoredAnswer answer, int number)
    {
        var from = number == 0 ? 0 : answer.IdGaps[number - 1];
        return answer.Body.Span[from..(number == answer.IdGaps.Count ? answer.Body.Length : answer.IdGaps[number])];
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

    private uint CrcWith(string requestId)
    {
        Span<byte> id = stackalloc byte[requestId.Length];
        Encoding.ASCII.GetBytes(requestId, id);
        var crc = new Crc32();
        for (var i = 0; i < _ends.Length; i++)
        {
            if (i > 0) crc.Append(id);
            crc.Append(PartOf(_answer, i));
        }

        return crc.GetCurrentHashAsUInt32();
    }
}
