using System.IO.Compression;

namespace IslGateway.Content;

/// <summary>Runs the framework's inflater over bytes in memory and finds where the deflate data (RFC 1951) ends.</summary>
internal static class Inflation
{
    /// <summary>Content is seldom larger than this many times its coded form; a larger claim gets no memory in advance.</summary>
    private const long UsualRatio = 16;

    private const int ScratchLength = 4096;

    /// <summary>
    /// Appends the content of the deflate data at the start of <paramref name="data"/>, and tells how long that data is. Takes one pass if
    /// the data ends where <paramref name="data"/> does, else two.
    /// </summary>
    public static DecodeResult Inflate(ReadOnlyMemory<byte> data, PooledBuffer output, out int length)
    {
        var input = new DeflateInput(data, Math.Max(data.Length - 1, 0));
        DecodeResult result;
        using (var inflater = new DeflateStream(input, CompressionMode.Decompress))
            result = ReadToEnd(inflater, output);

        length = input.Consumed;
        if (result != DecodeResult.Ok)
            return result;

        if (input.RanDry)
            return DecodeResult.Damaged;

        if (length < data.Length)
            length = FindEnd(data, input.ChunkStart);
        return DecodeResult.Ok;
    }

    /// <summary>Appends all content up to the end of the stream. The output grows only when there is a byte to put into it.</summary>
    public static DecodeResult ReadToEnd(Stream inflater, PooledBuffer output)
    {
        Span<byte> next = stackalloc byte[1];
        try
        {
            while (true)
            {
                var free = output.FreeSpan;
                if (!free.IsEmpty)
                {
                    var read = inflater.Read(free);
                    if (read == 0)
                        return DecodeResult.Ok;

                    output.Advance(read);
                    continue;
                }

                if (inflater.Read(next) == 0)
                    return DecodeResult.Ok;

                var outcome = output.Append(next);
                if (outcome != BufferOutcome.Ok)
                    return outcome.ToDecodeResult();
            }
        }
        catch (InvalidDataException)
        {
            return DecodeResult.Damaged;
        }
    }

    /// <summary>
    /// Makes room for content of the claimed length, so that an ordinary body is not copied while it grows. If there is no room nothing
    /// happens: the claim may be false, and if it is true the content will not fit when it comes.
    /// </summary>
    public static void ReserveAhead(PooledBuffer output, int wireLength, long? claimed = null)
    {
        var ahead = Math.Min(claimed ?? wireLength * 4L, wireLength * UsualRatio);
        _ = output.Reserve((int)Math.Min(ahead, output.Limit - output.Length));
    }

    /// <summary>The end of deflate data that is known to end after <paramref name="chunkStart"/>.</summary>
    private static int FindEnd(ReadOnlyMemory<byte> data, int chunkStart)
    {
        var input = new DeflateInput(data, chunkStart);
        using var inflater = new DeflateStream(input, CompressionMode.Decompress);
        Span<byte> scratch = stackalloc byte[ScratchLength];
        while (inflater.Read(scratch) != 0)
        {
        }

        return input.Consumed;
    }
}
