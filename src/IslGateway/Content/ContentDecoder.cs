namespace IslGateway.Content;

/// <summary>
/// Undoes one content coding, and accepts only what is whole: nothing missing, nothing behind, every checksum right.
/// The framework's decoding streams alone end quietly on a cut body and leave trailing bytes unread.
/// </summary>
internal static class ContentDecoder
{
    /// <summary>Appends the content of <paramref name="wire"/> to <paramref name="output"/>, up to that buffer's limit.</summary>
    public static DecodeResult Decode(ContentCoding coding, ReadOnlyMemory<byte> wire, PooledBuffer output) => coding switch
    {
        ContentCoding.None => output.Append(wire.Span).ToDecodeResult(),
        ContentCoding.Gzip => IsMislabelledJson(wire.Span) ? DecodeResult.Mislabelled : GzipDecoder.Decode(wire, output),
        ContentCoding.Deflate => DeflateDecoder.Decode(wire, output),
        ContentCoding.Brotli => BrotliBodyDecoder.Decode(wire.Span, output),
        _ => throw new ArgumentOutOfRangeException(nameof(coding), coding, "Not a content coding."),
    };

    /// <summary>The same word for a buffer that is full.</summary>
    public static DecodeResult ToDecodeResult(this BufferOutcome outcome) => outcome switch
    {
        BufferOutcome.Ok => DecodeResult.Ok,
        BufferOutcome.LimitExceeded => DecodeResult.TooLarge,
        _ => DecodeResult.OverBudget,
    };

    /// <summary>
    /// The <c>compress_payload</c> of the performance guide labels every body gzip, and compresses those above 1 KiB.
    /// </summary>
    private static bool IsMislabelledJson(ReadOnlySpan<byte> wire) =>
        !wire.StartsWith(GzipHeader.Magic) && wire.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];
}
