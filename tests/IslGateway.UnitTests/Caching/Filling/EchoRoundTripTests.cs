using System.IO.Compression;
using System.Text;
using System.Text.Json;
using CsCheck;
using IslGateway.Caching.Answers;
using IslGateway.Endpoints;
using Microsoft.AspNetCore.Http;

namespace IslGateway.UnitTests.Caching.Filling;

/// <summary>What is cut out for one caller and filled in for another is what ISL would have said to that other.</summary>
public sealed class EchoRoundTripTests
{
    private static readonly AnswerPlaces Places = new(
        [JsonPointer.Parse("/_metadata/request_id"), JsonPointer.Parse("/items/*/request_id")]);

    private static readonly Gen<string> Ids =
        Gen.Char["ABCxyz019._:-"].Array[1, 100].Select(letters => new string(letters));

    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.String[Gen.Char["aé\u4e2d\"\\/\u0001 "], 0, 12], Gen.Const(""), Gen.Const(new string('z', 1_500)));

    /// <summary>An answer as a function of the id that ISL was sent: items, and which of them echo it.</summary>
    private static readonly Gen<(string Text, bool Echoes)[]> Items = Gen.Select(Texts, Gen.Bool).Array[0, 6];

    [Fact]
    public async Task WriteAsync_AnotherCallersId_GivesWhatIslWouldHaveSaid() =>
        await Gen.Select(Items, Ids, Ids).SampleAsync(
            async (items, leader, other) =>
            {
                var shaped = AnswerReader.Shape(IslAnswers.Json(Answer(items, leader)), Places, leader);
                var expected = Answer(items, other);

                Assert.Equal(Encoding.UTF8.GetByteCount(expected), shaped.LengthFor(other));
                Assert.Equal(expected, await WriteAsync(shaped, other, acceptEncoding: ""));
                Assert.Equal(expected, await WriteAsync(shaped, other, acceptEncoding: "gzip"));
                return true;
            },
            iter: 300, threads: 1);

    [Theory]
    [InlineData("", 1_000, false)]
    [InlineData("gzip", 1_000, true)]
    [InlineData("gzip", 999, false)]
    [InlineData("GZIP;q=0.1", 1_000, true)]
    [InlineData("gzip;q=0", 1_000, false)]
    [InlineData("*", 1_000, true)]
    [InlineData("gzip;q=0, *", 1_000, false)]
    [InlineData("br, deflate", 1_000, false)]
    [InlineData("br, x-gzip", 1_000, true)]
    [InlineData("identity", 1_000, false)]
    public async Task WriteAsync_AcceptEncoding_IsHonouredFromAThousandBytes(string accept, int length, bool gzipped)
    {
        var answer = AnswerReader.Shape(IslAnswers.Json($"\"{new string('a', length - 2)}\""), new AnswerPlaces([]), "i");
        var context = Context(accept);

        await AnswerWriter.WriteAsync(Contexts.Of(context, Rows.Plain), answer);

        Assert.Equal(gzipped ? "gzip" : "", context.Response.Headers.ContentEncoding.ToString());
        Assert.Equal(length >= 1_000 ? "Accept-Encoding" : "", context.Response.Headers.Vary.ToString());
        Assert.Equal(context.Response.Body.Length, context.Response.ContentLength);
    }

    private static string Answer((string Text, bool Echoes)[] items, string id) =>
        JsonSerializer.Serialize(new Dictionary<string, object?>
        {
            ["items"] = items.Select(item => new { text = item.Text, request_id = item.Echoes ? id : "none of yours" }),
            ["_metadata"] = new { request_id = id, n = 1.0 },
        });

    private static async Task<string> WriteAsync(StoredAnswer answer, string requestId, string acceptEncoding)
    {
        var context = Context(acceptEncoding);
        await AnswerWriter.WriteAsync(Contexts.Of(context, Rows.Plain, requestId: requestId), answer);

        var written = (MemoryStream)context.Response.Body;
        Assert.Equal(written.Length, context.Response.ContentLength);
        written.Position = 0;
        await using var plain = context.Response.Headers.ContentEncoding == "gzip"
            ? new GZipStream(written, CompressionMode.Decompress)
            : (Stream)written;
        return await new StreamReader(plain).ReadToEndAsync(TestContext.Current.CancellationToken);
    }

    private static DefaultHttpContext Context(string acceptEncoding)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.AcceptEncoding = acceptEncoding;
        context.Response.Body = new MemoryStream();
        return context;
    }
}
