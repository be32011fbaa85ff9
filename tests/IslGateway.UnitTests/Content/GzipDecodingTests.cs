using IslGateway.Content;

namespace IslGateway.UnitTests.Content;

public sealed class GzipDecodingTests
{
    // Bits whose value says nothing about the content: FTEXT, MTIME, XFL and OS.
    private static readonly HashSet<int> Meaningless = [24, .. Enumerable.Range(32, 48)];

    [Theory]
    [InlineData(PythonVectors.Gzip)]
    [InlineData(PythonVectors.GzipStored)]
    [InlineData(PythonVectors.GzipNamed)]
    [InlineData(PythonVectors.GzipTwoMembers)]
    public void Gzip_MadeByPython_IsDecoded(string base64) => AssertContent(PythonVectors.Json, Convert.FromBase64String(base64));

    [Fact]
    public void Gzip_DynamicBlocksMadeByPython_IsDecoded() =>
        AssertContent(PythonVectors.Samples, Convert.FromBase64String(PythonVectors.GzipDynamic));

    [Fact]
    public void Gzip_EmptyContentMadeByPython_IsDecoded() => AssertContent([], Convert.FromBase64String(PythonVectors.GzipEmpty));

    [Theory]
    [InlineData(PythonVectors.Gzip)]
    [InlineData(PythonVectors.GzipStored)]
    [InlineData(PythonVectors.GzipNamed)]
    [InlineData(PythonVectors.GzipDynamic)]
    [InlineData(PythonVectors.GzipEmpty)]
    public void Gzip_CutAnywhere_IsDamaged(string base64)
    {
        var wire = Convert.FromBase64String(base64);
        for (var length = 0; length < wire.Length; length++)
            AssertDamaged(wire[..length], $"cut to {length} of {wire.Length} bytes");
    }

    [Fact]
    public void Gzip_TwoMembersCutAnywhere_IsDamagedUnlessOneIsWhole()
    {
        var first = Wire.Gzip(PythonVectors.Json[..40]).Length;
        byte[] wire = [.. Wire.Gzip(PythonVectors.Json[..40]), .. Wire.Gzip(PythonVectors.Json[40..])];
        for (var length = 0; length < wire.Length; length++)
        {
            if (length != first)
                AssertDamaged(wire[..length], $"cut to {length} of {wire.Length} bytes");
        }
    }

    [Theory]
    [InlineData(PythonVectors.Gzip)]
    [InlineData(PythonVectors.GzipStored)]
    [InlineData(PythonVectors.GzipDynamic)]
    public void Gzip_AnyBitFlipped_IsDamagedOrTheSameContent(string base64)
    {
        var wire = Convert.FromBase64String(base64);
        var whole = Wire.Decode(ContentCoding.Gzip, wire).Content;
        for (var bit = 0; bit < wire.Length * 8; bit++)
        {
            var (result, content) = Wire.Decode(ContentCoding.Gzip, Wire.Flip(wire, bit));
            if (result == DecodeResult.Ok)
                Assert.Equal(whole, content);

            if (bit < 80)
                Assert.True(Meaningless.Contains(bit) == (result == DecodeResult.Ok), $"header bit {bit}: {result}");

            if (bit >= (wire.Length - 8) * 8)
                Assert.True(result == DecodeResult.Damaged, $"trailer bit {bit}: {result}");
        }
    }

    [Fact]
    public void Gzip_AnyBitFlippedUnderHeaderCrc_IsDamaged()
    {
        var wire = Wire.Member(0x02 | 0x08, [.. "name"u8, 0], Wire.Bare(PythonVectors.Json), PythonVectors.Json);
        AssertContent(PythonVectors.Json, wire);
        for (var bit = 0; bit < (10 + 5 + 2) * 8; bit++)
            AssertDamaged(Wire.Flip(wire, bit), $"bit {bit}");
    }

    [Theory]
    [InlineData(0x00, 0)]
    [InlineData(0x01, 0)]
    [InlineData(0x02, 0)]
    [InlineData(0x04, 2)]
    [InlineData(0x04, 3000)]
    [InlineData(0x08, 0)]
    [InlineData(0x10, 0)]
    [InlineData(0x1F, 20_000)]
    public void Gzip_OptionalHeaderFields_AreSkipped(byte flags, int extra)
    {
        byte[] optional =
        [
            .. (flags & 0x04) != 0 ? [(byte)extra, (byte)(extra >> 8), .. new byte[extra]] : Array.Empty<byte>(),
            .. (flags & 0x08) != 0 ? "a name\0"u8.ToArray() : [],
            .. (flags & 0x10) != 0 ? "a comment\0"u8.ToArray() : [],
        ];
        var wire = Wire.Member(flags, optional, Wire.Bare(PythonVectors.Json), PythonVectors.Json);

        AssertContent(PythonVectors.Json, wire);
        for (var length = 0; length < wire.Length; length += Math.Max(1, extra / 100))
            AssertDamaged(wire[..length], $"cut to {length}");
    }

    [Theory]
    [InlineData(1, 0x00)]
    [InlineData(1, 0xFF)]
    [InlineData(2, 0x00)]
    [InlineData(8, 0x00)]
    [InlineData(512, 0x00)]
    [InlineData(20_000, 0x1F)]
    public void Gzip_JunkBehind_IsDamaged(int count, byte value)
    {
        byte[] wire = [.. Convert.FromBase64String(PythonVectors.Gzip), .. Enumerable.Repeat(value, count)];
        AssertDamaged(wire, "junk");
    }

    [Fact]
    public void Gzip_JunkThatRepeatsTheTrailer_IsDamaged()
    {
        var wire = Convert.FromBase64String(PythonVectors.Gzip);
        AssertDamaged([.. wire, .. wire[^8..]], "trailer twice");
        AssertDamaged([.. wire[..^8], 0, .. wire[^8..]], "a byte between data and trailer");
    }

    [Fact]
    public void Gzip_MemberEndAroundTheInflatersChunk_IsFoundExactly()
    {
        var noise = new byte[8300];
        new Random(7).NextBytes(noise);
        byte[] second = PythonVectors.Json;
        for (var length = 8150; length < noise.Length; length++)
        {
            var first = noise[..length];
            byte[] wire = [.. Wire.Member(0, [], Wire.StoredBlock(first), first), .. Wire.Gzip(second), .. Wire.Gzip(first)];
            AssertContent([.. first, .. second, .. first], wire);
            AssertDamaged([.. wire, 0], $"junk behind, first member {length}");
        }
    }

    [Fact]
    public void Gzip_AnyContentLength_IsDecodedWithinExactlyThatLimit()
    {
        var random = new Random(11);
        for (var length = 1; length < 700; length++)
        {
            var content = new byte[length];
            random.NextBytes(content.AsSpan(0, length / 2));
            var wire = Wire.Gzip(content);

            Assert.Equal(DecodeResult.Ok, Wire.Decode(ContentCoding.Gzip, wire, length).Result);
            AssertContent(content, wire);
            Assert.Equal(DecodeResult.TooLarge, Wire.Decode(ContentCoding.Gzip, wire, length - 1).Result);
        }
    }

    [Fact]
    public void Gzip_ManyMembers_AreDecodedUpToTheBound()
    {
        var empty = Convert.FromBase64String(PythonVectors.GzipEmpty);
        AssertContent([], [.. Enumerable.Repeat(empty, GzipDecoder.MaxMembers).SelectMany(m => m)]);
        AssertDamaged([.. Enumerable.Repeat(empty, GzipDecoder.MaxMembers + 1).SelectMany(m => m)], "one member too many");
    }

    [Theory]
    [InlineData("{\"a\":1}")]
    [InlineData("[1]")]
    [InlineData(" \t\r\n{\"a\":1}")]
    [InlineData("\n[")]
    public void Gzip_LabelOnPlainJson_IsMislabelled(string body) =>
        Assert.Equal(DecodeResult.Mislabelled, Wire.Decode(ContentCoding.Gzip, System.Text.Encoding.UTF8.GetBytes(body)).Result);

    [Theory]
    [InlineData("")]
    [InlineData("  \r\n")]
    [InlineData("\"text\"")]
    [InlineData("1")]
    [InlineData("\f{}")]
    [InlineData("\uFEFF{}")]
    public void Gzip_LabelOnOtherBytes_IsDamaged(string body) => AssertDamaged(System.Text.Encoding.UTF8.GetBytes(body), body);

    [Fact]
    public void Gzip_HeaderOnlyHalfThere_IsDamagedNotMislabelled()
    {
        AssertDamaged([0x1F], "half the magic");
        AssertDamaged([0x1F, 0x8B, .. "{}"u8], "magic before JSON");
    }

    private static void AssertContent(byte[] expected, byte[] wire)
    {
        var (result, content) = Wire.Decode(ContentCoding.Gzip, wire);
        Assert.Equal(DecodeResult.Ok, result);
        Assert.Equal(expected, content);
    }

    private static void AssertDamaged(byte[] wire, string what)
    {
        var result = Wire.Decode(ContentCoding.Gzip, wire).Result;
        Assert.True(result == DecodeResult.Damaged, $"{what}: {result}");
    }
}
