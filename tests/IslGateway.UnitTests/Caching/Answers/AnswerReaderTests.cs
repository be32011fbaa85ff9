using System.Text;
using IslGateway.Caching.Answers;
using IslGateway.Endpoints;
using IslGateway.UnitTests.Caching.Filling;
using Microsoft.AspNetCore.Http;

namespace IslGateway.UnitTests.Caching.Answers;

public sealed class AnswerReaderTests
{
    private const string Id = "id-1";

    [Theory]
    [InlineData("""{"_metadata":{"request_id":"id-1"}}""", """{"_metadata":{"request_id":""}}""", new[] { 28 })]
    [InlineData("""{"metadata":{"request_id":"id-1"}}""", """{"metadata":{"request_id":""}}""", new[] { 27 })]
    [InlineData("""{"request_id":"id-1"}""", """{"request_id":""}""", new[] { 15 })]
    [InlineData("""{ "request_id" : "id-1" , "a":1}""", """{ "request_id" : "" , "a":1}""", new[] { 18 })]
    [InlineData("""{"\u0072equest_id":"id-1"}""", """{"\u0072equest_id":""}""", new[] { 20 })]
    [InlineData("""{"request_id":"id-1","request_id":"id-1"}""", """{"request_id":"","request_id":""}""", new[] { 15, 31 })]
    [InlineData(
"""{"request_id":"id-1","_metadata":{"request_id":"id-1"}}""", """{"request_id":"","_metadata":{"request_id":""}}""",
new[] { 15, 44 })]
    [InlineData("""{"\ud800bcdefghi":1,"request_id":"id-1"}""", """{"\ud800bcdefghi":1,"request_id":""}""", new[] { 34 })]
    [InlineData("""{"é":"é","request_id":"id-1"}""", """{"é":"é","request_id":""}""", new[] { 25 })]
    public void Shape_IdAtADefaultPlace_IsCutOut(string body, string cut, int[] gaps)
    {
        var shaped = AnswerReader.Shape(IslAnswers.Json(body), AnswerReader.DefaultPlaces, Id);
        Assert.Equal(cut, Encoding.UTF8.GetString(shaped.Body.Span));
        Assert.Equal(gaps, shaped.IdGaps);
    }

    [Theory]
    [InlineData("""{"request_id":"id-2"}""")]
    [InlineData("""{"request_id":"id-10"}""")]
    [InlineData("""{"request_id":"ID-1"}""")]
    [InlineData("""{"request_id":"\u0069d-1"}""")]
    [InlineData("""{"request_id":["id-1"]}""")]
    [InlineData("""{"request_id":{"request_id":"id-1"}}""")]
    [InlineData("""{"Request_Id":"id-1"}""")]
    [InlineData("""{"data":{"request_id":"id-1"}}""")]
    [InlineData("""[{"request_id":"id-1"}]""")]
    [InlineData("\"id-1\"")]
    [InlineData("""{"request_id":"id-1",""")]
    [InlineData("")]
    public void Shape_AnythingElse_StaysAsItIs(string body)
    {
        var answer = IslAnswers.Json(body);
        var shaped = AnswerReader.Shape(answer, AnswerReader.DefaultPlaces, Id);
        Assert.Empty(shaped.IdGaps);
        Assert.True(shaped.Body.Span.SequenceEqual(answer.Body.Span));
    }

    [Theory]
    [InlineData("/items/*/id", """{"items":[{"id":"id-1"},{"id":"other"},{"id":"id-1"},5]}""", 2)]
    [InlineData("/items/*/id", """{"items":{"a":{"id":"id-1"},"b":{"id":"id-1"}}}""", 2)]
    [InlineData("/*", """{"a":"id-1","b":["id-1"],"c":"id-1"}""", 2)]
    [InlineData("/items/1", """{"items":["id-1","id-1"]}""", 1)]
    [InlineData("/items/01", """{"items":["id-1","id-1"]}""", 0)]
    [InlineData("/items/-", """{"items":["id-1","id-1"]}""", 0)]
    [InlineData("/a~1b/c~0d", """{"a/b":{"c~d":"id-1"}}""", 1)]
    [InlineData("/0", """{"0":"id-1"}""", 1)]
    [InlineData("/a/b", """{"a":5,"a":{"b":"id-1"}}""", 1)]
    public void Shape_PointersOfTheRow_AreFollowed(string place, string body, int gaps) =>
        Assert.Equal(gaps, AnswerReader.Shape(IslAnswers.Json(body), new AnswerPlaces([JsonPointer.Parse(place)]), Id).IdGaps.Count);

    [Fact]
    public void Shape_PointersThatMeet_CutOnce() =>
        Assert.Equal(
            """{"a":{"id":""}}""",
            Encoding.UTF8.GetString(AnswerReader.Shape(
                IslAnswers.Json("""{"a":{"id":"id-1"}}"""),
                new AnswerPlaces([JsonPointer.Parse("/a/id"), JsonPointer.Parse("/*/id"), JsonPointer.Parse("/*/*")]), Id).Body.Span));

    [Fact]
    public void Shape_NotJson_IsNotSearched()
    {
        var answer = IslAnswers.Of("""{"request_id":"id-1"}"""u8.ToArray(), 200, ("Content-Type", "text/plain"));
        Assert.Empty(AnswerReader.Shape(answer, AnswerReader.DefaultPlaces, Id).IdGaps);
    }

    [Fact]
    public void Shape_Headers_KeepOnlyWhatBelongsToTheAnswer()
    {
        var answer = IslAnswers.Json(
            "{}", 200, ("X-Olumi-Service", "isl"), ("X-Olumi-Service-Build", "b1"), ("X-Frame-Options", "DENY"), ("X-Request-Id", Id),
            ("X-Trace-Id", "t"),
            ("Date", "d"), ("Content-Length", "2"), ("X-RateLimit-Remaining", "7"), ("X-Olumi-Trace-Received", "t"),
            ("X-Olumi-Response-Hash", "h"),
            ("Access-Control-Allow-Origin", "*"), ("Set-Cookie", "a=b"), ("Vary", "Accept-Encoding"), ("Server", "uvicorn"),
            ("X-Processing-Time-Ms", "5"),
            ("Strict-Transport-Security", "max-age=1"), ("Retry-After", "7"), ("X-New", new(["a", "", "b"])), ("X-Broken", "a\u0001"),
            ("Trailer", "X-T"));

        Assert.Equal(
            ["content-type", "strict-transport-security", "x-frame-options", "x-olumi-response-hash", "x-olumi-service",
                "x-olumi-service-build", "x-olumi-trace-received", "x-trace-id"],
            AnswerReader.Shape(answer, new AnswerPlaces([]), Id).Headers.Select(header => header.Key.ToLowerInvariant())
                .Order(StringComparer.Ordinal));
        Assert.Equal(
            ["access-control-allow-origin", "retry-after", "server", "set-cookie", "vary", "x-new", "x-new", "x-new",
                "x-olumi-response-hash",
                "x-processing-time-ms", "x-ratelimit-remaining"],
            AnswerReader.ForLeader(answer).Select(header => header.Key.ToLowerInvariant()).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("application/json", true)]
    [InlineData("application/geo+json ; charset = utf-8", true)]
    [InlineData("application/geo+json; charset=utf-8", true)]
    [InlineData("application/json; charset=\"UTF-8\"", true)]
    [InlineData("text/json", false)]
    public void IsJson_ContentType_IsJsonInUtf8(string? type, bool expected)
    {
        var headers = new HeaderDictionary();
        if (type is not null) headers["Content-Type"] = type;
        Assert.Equal(expected, AnswerReader.IsJson(headers));
    }
}
