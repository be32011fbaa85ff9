namespace IslGateway.Content;

/// <summary>
/// Feeds an inflating stream so that the end of the deflate data can be told: bytes from <c>bulk</c> on are handed out one at a time.
/// An inflater that has its last block never asks again, so the data ends exactly where the last single byte ended.
/// Within the bulk it is only known that the end lies in the last chunk.
/// </summary>
internal sealed class DeflateInput(ReadOnlyMemory<byte> data, int bulk) : SourceStream
{
    /// <summary>Where the chunk handed out last begins.</summary>
    public int ChunkStart { get; private set; }

    /// <summary>Bytes handed out.</summary>
    public int Consumed { get; private set; }

    /// <summary>More was asked for than there is: the deflate data is cut short.</summary>
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
