using System.Buffers;
using System.IO.Compression;
using System.Text;
using CsCheck;
using IslGateway.Caching.Answers;
using IslGateway.Content;

namespace IslGateway.UnitTests.Caching.Answers;

public sealed class PackedAnswerTests
{
    private static readonly Gen<string> Ids = Gen.String[Gen.Char["abcXYZ019._:-"], 1, 100];

    /// <summary>Bodies that deflate well and badly, with gaps anywhere: at the start, at the end, side by side.</summary>
    private static readonly Gen<StoredAnswer> Answers =
        from body in Gen.OneOf(Gen.Byte.Array[0, 5_000], Gen.Int[0, 9].Select(digit => (byte)('0' + digit)).Array[0, 5_000])
        from gaps in Gen.Int[0, body.Length].Array[0, 4]
        select new StoredAnswer { StatusCode = 200, Headers = [], Body = body, IdGaps = [.. gaps.Order()] };

    [Fact]
    public void Write_AnyAnswerAndId_IsGzipOfThePlainForm() => Gen.Select(Answers, Ids, Ids).Sample((answer, one, other) =>
    {
        var packed = PackedAnswer.TryMake(answer.Body.Span, answer.IdGaps, new BufferBudget(1 << 20))!;
        foreach (var id in (string[])[one, other])
        {
            var (written, plain) = (new ArrayBufferWriter<byte>(), new ArrayBufferWriter<byte>());
            packed.Write(written, id);
            AnswerPieces.Write(plain, answer, id);

            Assert.Equal(packed.LengthFor(id), written.WrittenCount);
            using var gzip = new GZipStream(new MemoryStream(written.WrittenSpan.ToArray()), CompressionMode.Decompress);
            using var unpacked = new MemoryStream();
            gzip.CopyTo(unpacked);
            Assert.Equal(plain.WrittenSpan.ToArray(), unpacked.ToArray());
        }
    });

    /// <summary>The library's own reader takes any checksum.</summary>
    [Theory]
    [InlineData("one", 0x67e0496f)]
    public void Write_Checksum_IsOfTheWholePlainForm(string id, uint crc)
    {
        var answer = new StoredAnswer { StatusCode = 200, Headers = [], Body = Encoding.ASCII.GetBytes("ab"), IdGaps = [0, 1, 2] };
        var written = new ArrayBufferWriter<byte>();

        PackedAnswer.TryMake(answer.Body.Span, answer.IdGaps, new BufferBudget(1 << 20))!.Write(written, id);

        Assert.Equal(crc, BitConverter.ToUInt32(written.WrittenSpan[^8..]));
    }

    [Fact]
    public void TryMake_NoRoom_IsNull()
    {
        Assert.Null(PackedAnswer.TryMake(new byte[5_000], [], new BufferBudget(100)));
    }

    [Fact]
    public void Unpack_OfAnyAnswer_IsItsBody() => Answers.Sample(answer => Assert.Equal(
        answer.Body.ToArray(), PackedAnswer.TryMake(answer.Body.Span, answer.IdGaps, new BufferBudget(1 << 20))!.Unpack()));
}
