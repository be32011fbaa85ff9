using System.Text;
using IslGateway.Corpora;
using IslGateway.Endpoints;

namespace IslGateway.UnitTests.Endpoints;

public sealed class JsonPointerTests
{
    // The document and most pointers of RFC 6901, section 5.
    private const string Document =
        """{"foo":["bar","baz"],"":0,"a/b":1,"c%d":2,"e^f":3,"g|h":4,"i\\j":5,"k\"l":6," ":7,"m~n":8,"list":[{"x":1},{"x":9}]}""";

    [Theory]
    [InlineData("/foo/0", "\"bar\"")]
    [InlineData("/", "0")]
    [InlineData("/a~1b", "1")]
    [InlineData("/c%d", "2")]
    [InlineData("/e^f", "3")]
    [InlineData("/i\\j", "5")]
    [InlineData("/k\"l", "6")]
    [InlineData("/ ", "7")]
    [InlineData("/m~0n", "8")]
    [InlineData("/foo/*", "\"baz\"")]
    [InlineData("/list/*/x", "9")]
    [InlineData("/*/1/x", "9")]
    public void Walk_PlaceThatIsThere_IsShown(string text, string expected) => Assert.True(Finds(text, expected));

    [Theory]
    [InlineData("/foo/2")]
    [InlineData("/foo/01")]
    [InlineData("/foo/-1")]
    [InlineData("/foo/-")]
    [InlineData("/foo/0/x")]
    [InlineData("/Foo")]
    [InlineData("/list/*/y")]
    [InlineData("/a/b")]
    public void Walk_PlaceThatIsNotThere_IsNotShown(string text) =>
        Assert.Empty(JsonValues.At(text, Encoding.UTF8.GetBytes(Document)));

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("/", new[] { "" })]
    [InlineData("/a//b", new[] { "a", "", "b" })]
    [InlineData("/~01/~10", new[] { "~1", "/0" })]
    [InlineData("/é/*", new[] { "é", "*" })]
    public void TryParse_Pointer_HasItsSegments(string text, string[] segments)
    {
        Assert.True(JsonPointer.TryParse(text, out var pointer, out _));
        Assert.Equal(text, pointer.Text);
        Assert.Equal(segments, pointer.Segments);
        Assert.Equal(segments, pointer.Utf8Segments.Select(Encoding.UTF8.GetString));
    }

    [Theory]
    [InlineData("a")]
    [InlineData(" /a")]
    [InlineData("#/a")]
    [InlineData("/a~")]
    [InlineData("/a~2")]
    [InlineData("/~0~")]
    public void TryParse_NoPointer_SaysWhy(string text)
    {
        Assert.False(JsonPointer.TryParse(text, out _, out var error));
        Assert.NotEmpty(error);
        Assert.Throws<FormatException>(() => JsonPointer.Parse(text));
    }

    private static bool Finds(string text, string expected) =>
        JsonValues.At(text, Encoding.UTF8.GetBytes(Document)).Any(element => element.GetRawText() == expected);
}
