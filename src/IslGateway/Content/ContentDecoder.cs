namespace IslGateway.Content;

/// <summary>
/// Removes one content coding, and accepts only complete data: nothing missing, nothing after the end, every checksum right. The
/// framework's decoding streams accept a truncated body and leave bytes after the end unread.
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

    /// <summary>Whether there is a plain body: decoded, or plain in spite of its label.</summary>
    public static bool IsReadable(this DecodeResult result) => result is DecodeResult.Ok or DecodeResult.Mislabelled;

    /// <summary>The result for a buffer that could not grow.</summary>
    public static DecodeResult ToDecodeResult(this BufferOutcome outcome) => outcome switch
    {
        BufferOutcome.Ok => DecodeResult.Ok,
        BufferOutcome.LimitExceeded => DecodeResult.TooLarge,
        _ => DecodeResult.OverBudget,
    };

    /// <summary>The performance guide's <c>compress_payload</c> labels every body gzip, and compresses only those above 1 KiB.</summary>
    private static bool IsMislabelledJson(ReadOnlySpan<byte> wire) =>
        !wire.StartsWith(GzipHeader.Magic) && wire.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];
}
