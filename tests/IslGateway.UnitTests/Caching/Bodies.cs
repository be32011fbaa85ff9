using System.IO.Compression;
using System.Text;
using IslGateway.Content;

namespace IslGateway.UnitTests.Caching;

/// <summary>Request bodies as a test sends them.</summary>
internal static class Bodies
{
    public static RequestBody Plain(byte[] bytes) => Of(bytes, ContentCoding.None, "");

    public static RequestBody Plain(string text) => Plain(Encoding.UTF8.GetBytes(text));

    public static RequestBody Gzip(string text)
    {
        using var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) stream.Write(Encoding.UTF8.GetBytes(text));
        return Of(packed.ToArray(), ContentCoding.Gzip, "gzip");
    }

    public static RequestBody Of(byte[] bytes, ContentCoding coding, string label, long limit = 1 << 20)
    {
        var budget = new BufferBudget(16 << 20);
        var wire = new PooledBuffer(budget, limit);
        Assert.Equal(BufferOutcome.Ok, wire.Append(bytes));
        return new RequestBody(wire, coding, label, budget);
    }
}
