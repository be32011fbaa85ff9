using System.IO.Compression;
using IslGateway.Content;

namespace IslGateway.UnitTests.Content;

public sealed class DecodingLimitsTests
{
    private const int Limit = 10 << 20;

    // Growth holds the old and the new array: 8 MiB and 16 MiB at the most for a limit of 10 MiB.
    private const int MostHeld = 24 << 20;

    public static TheoryData<string> Formats => ["gzip", "zlib", "bare", "br"];

    [Theory]
    [MemberData(nameof(Formats))]
    public void Bomb_OfAGibibyte_StopsAtTheLimit(string format)
    {
        var wire = Zeros(format, 1024);
        var budget = new BufferBudget(MostHeld);
        var before = GC.GetAllocatedBytesForCurrentThread();
        using (var output = new PooledBuffer(budget, Limit))
        {
            Assert.Equal(DecodeResult.TooLarge, ContentDecoder.Decode(Coding(format), wire, output));
            Assert.True(output.Length <= Limit);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 2 * MostHeld);
        Assert.Equal(0, budget.InUse);
    }

    [Theory]
    [MemberData(nameof(Formats))]
    public void Budget_TooSmall_IsSaidAndGivenBack(string format)
    {
        // 1 MiB of content: its array, and half of that while it grows.
        var wire = Zeros(format, 1);
        foreach (var limit in new[] { 0, 255, 256, 1000, 70_000, (1 << 20) - 1, 3 << 19, 1 << 22 })
        {
            var budget = new BufferBudget(limit);
            using (var output = new PooledBuffer(budget, Limit))
            {
                var expected = limit >= 3 << 19 ? DecodeResult.Ok : DecodeResult.OverBudget;
                Assert.Equal(expected, ContentDecoder.Decode(Coding(format), wire, output));
                Assert.InRange(budget.InUse, 0, limit);
            }

            Assert.Equal(0, budget.InUse);
        }
    }

    [Fact]
    public void ClaimedLength_FarBeyondTheWire_IsNotReserved()
    {
        byte[] wire = [.. Wire.Gzip(PythonVectors.Json)[..^4], 0xFF, 0xFF, 0xFF, 0x7F];
        var budget = new BufferBudget(1 << 30);
        using var output = new PooledBuffer(budget, Limit);

        Assert.Equal(DecodeResult.Damaged, ContentDecoder.Decode(ContentCoding.Gzip, wire, output));
        Assert.InRange(budget.InUse, 1, 4096);
    }

    private static ContentCoding Coding(string format) => format switch
    {
        "gzip" => ContentCoding.Gzip,
        "br" => ContentCoding.Brotli,
        _ => ContentCoding.Deflate,
    };

    private static byte[] Zeros(string format, int mebibytes) => Wire.Zeros(mebibytes, to => format switch
    {
        "gzip" => new GZipStream(to, CompressionLevel.Fastest),
        "zlib" => new ZLibStream(to, CompressionLevel.Fastest),
        "bare" => new DeflateStream(to, CompressionLevel.Fastest),
        _ => new BrotliStream(to, CompressionLevel.Fastest),
    });
}
