using System.Buffers.Binary;
using System.IO.Hashing;

namespace IslGateway.Content;

/// <summary>
/// Gzip (RFC 1952): <c>1*( header deflate-data CRC32(4) ISIZE(4) )</c> and nothing else; zero padding also counts as damage.
/// </summary>
internal static class GzipDecoder
{
    /// <summary>
    /// The most members in one body. Each costs an inflater, however little it holds, and half a million empty ones fit into 10 MiB.
    /// Encoders that write a member per block need about 160 for 10 MiB of content.
    /// </summary>
    public const int MaxMembers = 1024;

    private const int TrailerLength = 8;

    public static DecodeResult Decode(ReadOnlyMemory<byte> wire, PooledBuffer output)
    {
        if (wire.Length > TrailerLength)
            Inflation.ReserveAhead(output, wire.Length, BinaryPrimitives.ReadUInt32LittleEndian(wire.Span[^4..]));

        for (var member = 0; member < MaxMembers; member++)
        {
            var result = DecodeMember(ref wire, output);
            if (result != DecodeResult.Ok || wire.IsEmpty)
                return result;
        }

        return DecodeResult.Damaged;
    }

    /// <summary>Decodes the first member of <paramref name="wire"/> and removes it from there.</summary>
    private static DecodeResult DecodeMember(ref ReadOnlyMemory<byte> wire, PooledBuffer output)
    {
        if (!GzipHeader.TryRead(wire.Span, out var headerLength) || wire.Length - headerLength <= TrailerLength)
            return DecodeResult.Damaged;

        // The input ends with a trailer, so no member's deflate data reaches into the last bytes.
        var start = output.Length;
        var result = Inflation.Inflate(wire[headerLength..^TrailerLength], output, out var deflateLength);
        if (result != DecodeResult.Ok)
            return result;

        wire = wire[(headerLength + deflateLength)..];
        var content = output.WrittenSpan[start..];
        var crc = BinaryPrimitives.ReadUInt32LittleEndian(wire.Span);
        var size = BinaryPrimitives.ReadUInt32LittleEndian(wire.Span[4..]);
        wire = wire[TrailerLength..];
        return size == (uint)content.Length && crc == Crc32.HashToUInt32(content) ? DecodeResult.Ok : DecodeResult.Damaged;
    }
}
