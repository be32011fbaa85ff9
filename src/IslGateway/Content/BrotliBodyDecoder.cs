using System.Buffers;
using System.IO.Compression;

namespace IslGateway.Content;

/// <summary>Brotli (RFC 7932). It has no checksum: what can be checked is its structure, and that it ends where the body does.</summary>
internal static class BrotliBodyDecoder
{
    public static DecodeResult Decode(ReadOnlySpan<byte> wire, PooledBuffer output)
    {
        Inflation.ReserveAhead(output, wire.Length);
        Span<byte> next = stackalloc byte[1];
        using var decoder = new BrotliDecoder();
        while (true)
        {
            var free = output.FreeSpan;
            var status = decoder.Decompress(wire, free.IsEmpty ? next : free, out var consumed, out var written);
            wire = wire[consumed..];
            if (!free.IsEmpty)
            {
                output.Advance(written);
            }
            else if (written > 0)
            {
                var outcome = output.Append(next);
                if (outcome != BufferOutcome.Ok)
                    return outcome.ToDecodeResult();
            }

            if (status == OperationStatus.Done)
                return wire.IsEmpty ? DecodeResult.Ok : DecodeResult.Damaged;

            if (status != OperationStatus.DestinationTooSmall)
                return DecodeResult.Damaged;
        }
    }
}
