namespace IslGateway.Content;

/// <summary>
/// Feeds an inflating stream so that the end of the deflate data can be found: bytes from <c>bulk</c> on are given out one at a time. An
/// inflater that has its last block reads no further, so if a single byte was read last the data ends exactly there. If not, the end lies
/// somewhere in the last chunk.
/// </summary>
internal sealed class DeflateInput(ReadOnlyMemory<byte> data, int bulk) : SourceStream
{
    /// <summary>Where the chunk begins that was given out last.</summary>
    public int ChunkStart { get; private set; }

    /// <summary>Number of bytes given out.</summary>
    public int Consumed { get; private set; }

    /// <summary>Whether more was read than there is: the deflate data is truncated.</summary>
    public bool RanDry { get; private set; }

    public override int Read(Span<byte> buffer)
    {
        if (Consumed == data.Length)
        {
            RanDry = true;
            return 0;
        }

        var count = Math.Min(buffer.Length, Consumed < bulk ? bulk - Consumed : 1);
        data.Span.Slice(Consumed, count).CopyTo(buffer);
        ChunkStart = Consumed;
        Consumed += count;
        return count;
    }
}
