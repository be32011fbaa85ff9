using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;
using IslGateway.Content;

namespace IslGateway.UnitTests.Content;

/// <summary>Makes coded bodies, and decodes them with the accounting watched.</summary>
internal static class Wire
{
    public const int RoomyLimit = 1 << 20;

    /// <summary>Decodes with fresh buffers; whatever the outcome, the budget must be whole afterwards.</summary>
    public static (DecodeResult Result, byte[] Content) Decode(ContentCoding coding, byte[] wire, int limit = RoomyLimit)
    {
        var budget = new BufferBudget(4L * RoomyLimit);
        DecodeResult result;
        byte[] content;
        using (var output = new PooledBuffer(budget, limit))
        {
            result = ContentDecoder.Decode(coding, wire, output);
            content = output.WrittenSpan.ToArray();
        }

        Assert.Equal(0, budget.InUse);
        return (result, content);
    }

    public static byte[] Gzip(byte[] content, CompressionLevel level = CompressionLevel.Optimal) =>
        Through(content, to => new GZipStream(to, level, leaveOpen: true));

    public static byte[] Zlib(byte[] content) => Through(content, to => new ZLibStream(to, CompressionLevel.Optimal, leaveOpen: true));

    public static byte[] Bare(byte[] content) => Through(content, to => new DeflateStream(to, CompressionLevel.Optimal, leaveOpen: true));

    public static byte[] Brotli(byte[] content) => Through(content, to => new BrotliStream(to, CompressionLevel.Optimal, leaveOpen: true));

    /// <summary>Zeros by the MiB, without holding them.</summary>
    public static byte[] Zeros(int mebibytes, Func<Stream, Stream> coder)
    {
        var wire = new MemoryStream();
        var zeros = new byte[1 << 20];
        using (var stream = coder(wire))
        {
            for (var i = 0; i < mebibytes; i++)
                stream.Write(zeros);
        }

        return wire.ToArray();
    }

    /// <summary>A member built from its parts; <paramref name="optional"/> is what stands between the fixed header and the data.</summary>
    public static byte[] Member(byte flags, byte[] optional, byte[] deflated, byte[] content)
    {
        byte[] header = [0x1F, 0x8B, 8, flags, 1, 2, 3, 4, 0, 255, .. optional];
        if ((flags & 0x02) != 0)
        {
            var crc = Crc32.HashToUInt32(header);
            header = [.. header, (byte)crc, (byte)(crc >> 8)];
        }

        var trailer = new byte[8];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, Crc32.HashToUInt32(content));
        BinaryPrimitives.WriteUInt32LittleEndian(trailer.AsSpan(4), (uint)content.Length);
        return [.. header, .. deflated, .. trailer];
    }

    /// <summary>One final stored block (RFC 1951, section 3.2.4).</summary>
    public static byte[] StoredBlock(byte[] content) =>
        [1, (byte)content.Length, (byte)(content.Length >> 8), (byte)~content.Length, (byte)(~content.Length >> 8), .. content];

    public static byte[] Flip(byte[] wire, int bit)
    {
        var flipped = (byte[])wire.Clone();
        flipped[bit / 8] ^= (byte)(1 << (bit % 8));
        return flipped;
    }

    private static byte[] Through(byte[] content, Func<Stream, Stream> coder)
    {
        var wire = new MemoryStream();
        using (var stream = coder(wire))
            stream.Write(content);
        return wire.ToArray();
    }
}
