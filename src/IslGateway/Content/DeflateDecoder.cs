using System.Buffers.Binary;
using System.IO.Compression;

namespace IslGateway.Content;

/// <summary>HTTP's <c>deflate</c>, and the deflate data (RFC 1951) inside gzip.</summary>
internal static class DeflateDecoder
{
    private const int ZlibHeaderLength = 2;
    private const int ZlibTrailerLength = 4;
    private const int PresetDictionary = 0x20;

    /// <summary>Reads the zlib format if the first two bytes are its header, else bare deflate data, as browsers do.</summary>
    /// <remarks>
    /// Bare data that looks like a zlib header would begin with a stored block whose padding bits are not zero, which no encoder writes.
    /// </remarks>
    public static DecodeResult Decode(ReadOnlyMemory<byte> wire, PooledBuffer output)
    {
        if (wire.IsEmpty)
            return DecodeResult.Damaged;

        Inflation.ReserveAhead(output, wire.Length);
        var input = new DeflateInput(wire, wire.Length - 1);
        DecodeResult result;
        if (IsZlibHeader(wire.Span))
        {
            if ((wire.Span[1] & PresetDictionary) != 0 || wire.Length <= ZlibHeaderLength + ZlibTrailerLength)
                return DecodeResult.Damaged;

            // The stream checks the Adler-32; the trailer's last byte is the last that it reads.
            using var zlib = new ZLibStream(input, CompressionMode.Decompress);
            result = Inflation.ReadToEnd(zlib, output);
        }
        else
        {
            using var bare = new DeflateStream(input, CompressionMode.Decompress);
            result = Inflation.ReadToEnd(bare, output);
        }

        if (result != DecodeResult.Ok)
            return result;

        return input.RanDry || input.Consumed < wire.Length ? DecodeResult.Damaged : DecodeResult.Ok;
    }

    /// <summary>Checks CMF and FLG (RFC 1950, section 2.2): method 8, a window of at most 32 KiB, a multiple of 31.</summary>
    private static bool IsZlibHeader(ReadOnlySpan<byte> wire) =>
        wire.Length >= ZlibHeaderLength
        && (wire[0] & 0x0F) == 8
        && wire[0] >> 4 <= 7
        && BinaryPrimitives.ReadUInt16BigEndian(wire) % 31 == 0;
}
