using System.IO.Compression;
using System.Text;

namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>Bodies in content codings.</summary>
internal static class Packed
{
    private static readonly Lazy<byte[]> GiBOfZeros =
        new(() => Through(stream => new GZipStream(stream, CompressionLevel.Fastest, leaveOpen: true), stream =>
    {
        var zeros = new byte[1 << 20];
        for (var i = 0; i < 1024; i++) stream.Write(zeros);
    }));

    /// <summary>1 GiB of zeros, gzipped.</summary>
    public static byte[] Bomb => GiBOfZeros.Value;

    public static byte[] Gzip(string text) => Gzip(Encoding.UTF8.GetBytes(text));

    public static byte[] Gzip(byte[] plain) =>
        Through(static stream => new GZipStream(stream, CompressionLevel.Optimal, leaveOpen: true), stream => stream.Write(plain));

    /// <summary>HTTP's deflate: zlib's format.</summary>
    public static byte[] Deflate(string text) =>
        Through(
            static stream => new ZLibStream(stream, CompressionLevel.Optimal, leaveOpen: true),
            stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    public static byte[] Brotli(string text) =>
        Through(
            static stream => new BrotliStream(stream, CompressionLevel.Optimal, leaveOpen: true),
            stream => stream.Write(Encoding.UTF8.GetBytes(text)));

    /// <summary>The guide's <c>compress_payload</c>: above 1 KB gzip, below it the plain bytes; its caller labels both gzip.</summary>
    public static byte[] AsTheGuideDoes(string json) => json.Length > 1024 ? Gzip(json) : Encoding.UTF8.GetBytes(json);

    private static byte[] Through(Func<Stream, Stream> coding, Action<Stream> write)
    {
        var packed = new MemoryStream();
        using (var stream = coding(packed)) write(stream);
        return packed.ToArray();
    }
}
