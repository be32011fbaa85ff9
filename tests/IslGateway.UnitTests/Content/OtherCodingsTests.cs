using IslGateway.Content;

namespace IslGateway.UnitTests.Content;

public sealed class OtherCodingsTests
{
    public static TheoryData<ContentCodingCase> Cases =>
    [
        new ContentCodingCase("zlib", Wire.Zlib),
        new ContentCodingCase("bare", Wire.Bare),
        new ContentCodingCase("br", Wire.Brotli),
    ];

    [Theory]
    [InlineData(PythonVectors.Zlib)]
    [InlineData(PythonVectors.BareDeflate)]
    public void Deflate_MadeByPython_IsDecoded(string base64)
    {
        var (result, content) = Wire.Decode(ContentCoding.Deflate, Convert.FromBase64String(base64));
        Assert.Equal(DecodeResult.Ok, result);
        Assert.Equal(PythonVectors.Json, content);
    }

    [Theory]
    [InlineData("deflate", "eJwDAAAAAAE=")]
    [InlineData("deflate", "AwA=")]
    [InlineData("br", "Ow==")]
    [InlineData("br", "Bg==")]
    public void Coding_EmptyContent_IsDecoded(string name, string base64)
    {
        // .NET's own streams write no byte at all for empty content.
        Assert.True(ContentCodings.TryParse(name, out var coding));
        var (result, content) = Wire.Decode(coding, Convert.FromBase64String(base64));
        Assert.Equal(DecodeResult.Ok, result);
        Assert.Empty(content);
        Assert.Equal(DecodeResult.Ok, Wire.Decode(coding, Convert.FromBase64String(base64), 0).Result);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("deflate")]
    [InlineData("br")]
    public void Coding_EmptyBody_IsDamaged(string name)
    {
        Assert.True(ContentCodings.TryParse(name, out var coding));
        Assert.Equal(DecodeResult.Damaged, Wire.Decode(coding, []).Result);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Coding_AnyContent_ComesBack(ContentCodingCase coded)
    {
        var random = new Random(3);
        foreach (var length in new[] { 1, 255, 256, 257, 4096, 8191, 8192, 8193, 100_000 })
        {
            var content = new byte[length];
            random.NextBytes(content.AsSpan(0, length / 2));
            var (result, decoded) = Wire.Decode(coded.Coding, coded.Encode(content));
            Assert.Equal(DecodeResult.Ok, result);
            Assert.Equal(content, decoded);
            Assert.Equal(DecodeResult.Ok, Wire.Decode(coded.Coding, coded.Encode(content), length).Result);
            Assert.Equal(DecodeResult.TooLarge, Wire.Decode(coded.Coding, coded.Encode(content), length - 1).Result);
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Coding_CutAnywhere_IsDamaged(ContentCodingCase coded)
    {
        foreach (var content in new[] { PythonVectors.Json, PythonVectors.Samples })
        {
            var wire = coded.Encode(content);
            for (var length = 0; length < wire.Length; length++)
            {
                var result = Wire.Decode(coded.Coding, wire[..length]).Result;
                Assert.True(result == DecodeResult.Damaged, $"cut to {length} of {wire.Length}: {result}");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Coding_JunkBehind_IsDamaged(ContentCodingCase coded)
    {
        var wire = coded.Encode(PythonVectors.Samples);
        Assert.Equal(DecodeResult.Damaged, Wire.Decode(coded.Coding, [.. wire, 0]).Result);
        Assert.Equal(DecodeResult.Damaged, Wire.Decode(coded.Coding, [.. wire, .. new byte[20_000]]).Result);
        Assert.Equal(DecodeResult.Damaged, Wire.Decode(coded.Coding, [.. wire, .. wire]).Result);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Coding_LabelOnPlainJson_IsDamaged(ContentCodingCase coded) =>
        Assert.Equal(DecodeResult.Damaged, Wire.Decode(coded.Coding, PythonVectors.Json).Result);

    [Fact]
    public void Zlib_AnyBitFlipped_IsDamagedOrTheSameContent()
    {
        var wire = Convert.FromBase64String(PythonVectors.Zlib);
        for (var bit = 0; bit < wire.Length * 8; bit++)
        {
            var (result, content) = Wire.Decode(ContentCoding.Deflate, Wire.Flip(wire, bit));
            if (result == DecodeResult.Ok)
                Assert.Equal(PythonVectors.Json, content);

            if (bit >= (wire.Length - 4) * 8)
                Assert.True(result == DecodeResult.Damaged, $"Adler-32 bit {bit}: {result}");
        }
    }

    [Fact]
    public void Zlib_PresetDictionary_IsDamaged()
    {
        var wire = Convert.FromBase64String(PythonVectors.ZlibWithDictionary);
        Assert.Equal(DecodeResult.Damaged, Wire.Decode(ContentCoding.Deflate, wire).Result);
    }

    [Fact]
    public void None_AnyBytes_AreCopied()
    {
        Assert.Equal(PythonVectors.Json, Wire.Decode(ContentCoding.None, PythonVectors.Json).Content);
        Assert.Equal(DecodeResult.TooLarge, Wire.Decode(ContentCoding.None, PythonVectors.Json, 10).Result);
    }

    /// <summary>One wire format, named for the test report.</summary>
    public sealed class ContentCodingCase(string name, Func<byte[], byte[]> encode)
    {
        internal ContentCoding Coding => name == "br" ? ContentCoding.Brotli : ContentCoding.Deflate;

        public byte[] Encode(byte[] content) => encode(content);

        public override string ToString() => name;
    }
}
