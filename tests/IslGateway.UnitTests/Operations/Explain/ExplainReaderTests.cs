using System.Text;
using IslGateway.Operations.Explain;

namespace IslGateway.UnitTests.Operations.Explain;

/// <summary>How a request is described that is to be explained.</summary>
public sealed class ExplainReaderTests
{
    [Theory]
    [InlineData("""{"path":"/a?b=c","body": {"x":1, "x":2} }""", """{"x":1, "x":2}""")]
    [InlineData("""{"body":[1 ,2],"path":"/a"}""", "[1 ,2]")]
    [InlineData("""{"path":"/a","body":"text"}""", "\"text\"")]
    [InlineData("""{"path":"/a","body":null}""", "null")]
    [InlineData("""{"path":"/a","body_text":"{\"x\":NaN}"}""", "{\"x\":NaN}")]
    [InlineData("""{"path":"/a","body_base64":"e30="}""", "{}")]
    [InlineData("""{"path":"/a"}""", "")]
    public void Body_InEachForm_IsTheseBytes(string call, string body)
    {
        var request = Assert.Single(Read(call));
        Assert.Equal(body, Encoding.UTF8.GetString(request.Body.Span));
        Assert.Equal(("POST", "http"), (request.Method, request.Scheme));
        Assert.Equal(call.Contains("base64", StringComparison.Ordinal), request.IsOnTheWire);
    }

    [Fact]
    public void Headers_OneOrSeveralLines_AreKept()
    {
        var request = Assert.Single(Read(
            """{"path":"/a","method":"GET","scheme":"https","headers":{"A":" one ","b":["two","thr\u00e9e"],"B":"four"}}"""));
        Assert.Equal(["one"], request.Headers["a"].ToArray());
        Assert.Equal(["two", "thr\u00e9e", "four"], request.Headers["b"].ToArray());
        Assert.Equal(("GET", "https"), (request.Method, request.Scheme));
    }

    [Fact]
    public void Requests_Two_AreReadInOrder() =>
        Assert.Equal(["/a", "/b"], Read("""{"requests":[{"path":"/a","body":{}},{"path":"/b"}]}""").Select(request => request.Path));

    [Theory]
    [InlineData("", "not JSON")]
    [InlineData("[]", "no JSON object")]
    [InlineData("{} {}", "path is missing")]
    [InlineData("""{"path":"/a"} {}""", "not JSON")]
    [InlineData("""{"path":"/a","body":{oops}}""", "line 1, byte 21")]
    [InlineData("{}", "path is missing")]
    [InlineData("""{"path":"a"}""", "begins with a slash")]
    [InlineData("""{"path":5}""", "path is a text")]
    [InlineData("""{"path":"/a","method":"PO ST"}""", "no HTTP method")]
    [InlineData("""{"path":"/a","scheme":"ftp"}""", "http or https")]
    [InlineData("""{"path":"/a","bodi":{}}""", "'bodi' is none of")]
    [InlineData("""{"path":"/a","body":{},"body_text":""}""", "has one")]
    [InlineData("""{"path":"/a","body_text":{}}""", "body_text is a text")]
    [InlineData("""{"path":"/a","body_base64":"%"}""", "not base64")]
    [InlineData("""{"path":"/a","headers":["X"]}""", "headers is an object")]
    [InlineData("""{"path":"/a","headers":{"a b":"c"}}""", "no header's name")]
    [InlineData("""{"path":"/a","headers":{"X-API-Key":"se\ncret"}}""", "headers.X-API-Key holds a character")]
    [InlineData("""{"path":"/a","headers":{"X-API-Key":"se\u0101cret"}}""", "headers.X-API-Key holds a character")]
    [InlineData("""{"path":"/a","headers":{"X":5}}""", "headers.X is a text")]
    [InlineData("""{"requests":[{"path":"/a"}]}""", "exactly two")]
    [InlineData("""{"requests":[{"path":"/a"},{"path":"/a"},{"path":"/a"}]}""", "exactly two")]
    [InlineData("""{"requests":{}}""", "list of two")]
    [InlineData("""{"requests":[{"path":"/a"},5]}""", "is an object")]
    [InlineData("""{"requests":[{"path":"/a"},{"path":"/b"}],"path":"/c"}""", "there is nothing")]
    [InlineData("""{"path":"\ud800"}""", "surrogate")]
    public void Call_Wrong_IsToldWhatIsAndNoValue(string call, string said)
    {
        var message = Assert.Throws<FormatException>(() => Read(call)).Message;
        Assert.Contains(said, message, StringComparison.Ordinal);
        Assert.DoesNotContain("cret", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Body_DeeperThanAnyIsCached_IsRead()
    {
        var deep = new string('[', 5_000) + new string(']', 5_000);
        Assert.Equal(deep.Length, Assert.Single(Read($$"""{"path":"/a","body":{{deep}}}""")).Body.Length);
    }

    private static IReadOnlyList<ExplainedRequest> Read(string call) => ExplainReader.Read(Encoding.UTF8.GetBytes(call));
}
