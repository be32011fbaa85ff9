using System.Text;
using IslGateway.Caching.Answers;
using IslGateway.Endpoints;

namespace IslGateway.UnitTests.Caching.Answers;

public sealed class AnswerComparisonTests
{
    [Theory]
    [InlineData("""{"a":1}""", """{"a":1}""")]
    [InlineData("""{"a":1}""", """{"a":2}""", "/a")]
    [InlineData("""{"a":1}""", """{"a":1.0}""", "/a")]
    [InlineData("""{"a":"x"}""", """{"a":"\u0078"}""", "/a")]
    [InlineData("""{"a":1}""", """{"a":"1"}""", "/a")]
    [InlineData("""{"a":null}""", """{}""", "/a")]
    [InlineData("""{}""", """{"a":null}""", "/a")]
    [InlineData("""{"a":1,"b":2}""", """{"b":2,"a":1}""", "")]
    [InlineData("""{"x":{"a":1,"b":2}}""", """{"x":{"b":2,"a":1}}""", "/x")]
    [InlineData("""{"a":1,"b":2}""", """{"b":3,"a":1}""", "/b")]
    [InlineData("""{"a":{"b":[1,{"c":2}]}}""", """{"a":{"b":[1,{"c":3}]}}""", "/a/b/1/c")]
    [InlineData("""{"a":[1,2]}""", """{"a":[1,2,3]}""", "/a")]
    [InlineData("""{"a":[]}""", """{"a":{}}""", "/a")]
    [InlineData("""{"a/b":1,"c~d":1,"":1}""", """{"a/b":2,"c~d":2,"":2}""", "/a~1b", "/c~0d", "/")]
    [InlineData("""{"a":1,"a":2}""", """{"a":1,"a":3}""", "/a")]
    [InlineData("""{"a":1,"a":2}""", """{"a":1}""", "/a")]
    [InlineData("""{"a":1,"b":2,"c":3}""", """{"a":9,"b":2,"c":8}""", "/a", "/c")]
    [InlineData("[1]", "[2]", "/0")]
    [InlineData("1", "2", "")]
    [InlineData("""{"a":1}""", """{"a": 1}""", "")]
    [InlineData("""{"a":1}""", """{"a":""", "")]
    [InlineData("", """{}""", "")]
    public void Differences_WithoutVolatileFields_AreWhereTheBytesPart(string left, string right, params string[] pointers)
    {
        Assert.Equal(pointers, Between(left, right));
        Assert.Equal(pointers.Length == 0, AnswerComparison.AreEqual(Of(left), Of(right), []));
    }

    [Theory]
    [InlineData("""{"a":1,"t":1}""", """{"a":1,"t":2}""", "/t")]
    [InlineData("""{"a":1,"t":1}""", """{"a":1}""", "/t")]
    [InlineData("""{"t":1,"a":1}""", """{"a":1,"t":2}""", "/t")]
    [InlineData("""{"m":{"t":1,"b":2}}""", """{"m":{"t":{"x":[]},"b":2}}""", "/m/t")]
    [InlineData("""{"c":[{"id":1,"n":1},{"id":2,"n":2}]}""", """{"c":[{"id":3,"n":1},{"id":4,"n":2}]}""", "/c/*/id")]
    [InlineData("""{"c":[1,2]}""", """{"c":[1,3]}""", "/c/1")]
    [InlineData("""{"a":1}""", """{"a": 1}""", "/t")]
    public void Differences_InVolatileFields_AreNone(string left, string right, string field) => Assert.Empty(Between(left, right, field));

    [Theory]
    [InlineData("""{"a":1,"t":1}""", """{"a":2,"t":2}""", "/t", "/a")]
    [InlineData("""{"m":{"t":1}}""", """{"m":{"t":2}}""", "/t", "/m/t")]
    [InlineData("""{"t":{"t":1}}""", """{"t":{"t":2}}""", "/t/x", "/t/t")]
    [InlineData("""{"c":[{"id":1,"n":1}]}""", """{"c":[{"id":3,"n":9}]}""", "/c/*/id", "/c/0/n")]
    [InlineData("""{"c":[{"id":1}]}""", """{"c":[]}""", "/c/*/id", "/c")]
    [InlineData("""{"t":1}""", """{"t":""", "/t", "")]
    public void Differences_BesideVolatileFields_AreFound(string left, string right, string field, string place) =>
        Assert.Equal([place], Between(left, right, field));

    [Fact]
    public void Differences_Many_AreTheFirstTen()
    {
        static string Row(int value) => $"[{string.Join(',', Enumerable.Repeat(value, 30))}]";

        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"/{i}"), Between(Row(1), Row(2)));
        Assert.Equal(
            Enumerable.Range(0, 10).Select(i => $"/m{i}"),
            Between("{" + string.Join(',', Enumerable.Range(0, 30).Select(i => $"\"m{i}\":1")) + "}", "{}"));
    }

    private static IReadOnlyList<string> Between(string left, string right, params string[] volatileFields) =>
        AnswerComparison.Differences(Of(left), Of(right), [.. volatileFields.Select(JsonPointer.Parse)]);

    private static StoredAnswer Of(string body) =>
        new() { StatusCode = 200, Headers = [], Body = Encoding.UTF8.GetBytes(body), IdGaps = [] };
}
