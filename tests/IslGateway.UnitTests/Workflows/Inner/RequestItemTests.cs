using System.Text;
using IslGateway.Workflows.Inner;

namespace IslGateway.UnitTests.Workflows.Inner;

public sealed class RequestItemTests
{
    [Fact]
    public void TryRead_AllMembers_KeepsIdAndBodyAsTheyStand()
    {
        var trouble = Read(
            """ { "id" : 1.50, "headers":{"X-ISL-Response-Version":"2","Cache-Control":" no-cache "},"method":"QUERY","path":"/a?b=1",  "body": {"n": 1e2,"s":"\u00e9"} } """,
            out var item);

        Assert.Null(trouble);
        Assert.Equal("1.50", Text(item.Id));
        Assert.Equal(("QUERY", "/a?b=1"), (item.Method, item.Path));
        Assert.Equal("""{"n": 1e2,"s":"\u00e9"}""", Text(item.Body!.Value));
        Assert.Equal([new("X-ISL-Response-Version", "2"), new("Cache-Control", "no-cache")], item.Headers);
    }

    [Fact]
    public void TryRead_TheGuidesNames_AreUnderstood()
    {
        Assert.Null(Read("""{"endpoint":"/api/v1/causal/validate","payload":[1]}""", out var item));
        Assert.Equal(("POST", "/api/v1/causal/validate", "[1]"), (item.Method, item.Path, Text(item.Body!.Value)));
        Assert.True(item.Id.IsEmpty);
    }

    /// <summary>As a client's own types are written whose optional members are unset.</summary>
    [Fact]
    public void TryRead_NullForWhatMayBeLeftOut_IsLeftOut()
    {
        Assert.Null(Read("""{"id":null,"path":"/a","method":null,"headers":null,"body":null}""", out var item));
        Assert.Equal((0, "POST", "null"), (item.Id.Length, item.Method, Text(item.Body!.Value)));
        Assert.Empty(item.Headers);
    }

    /// <summary>Ids go into answers as they stand, where one that is no text would spoil those to all other items.</summary>
    [Theory]
    [InlineData("{\"id\":\"\u00E9\",\"path\":\"/a\"}")]
    [InlineData("{\"bodi\":1,\"id\":\"\u00E9\",\"path\":\"/a\"}")]
    public void TryRead_IdThatIsNoUtf8_IsRefusedAndNotRepeated(string latin)
    {
        Assert.NotNull(RequestItem.TryRead(Encoding.Latin1.GetBytes(latin), out var item));
        Assert.True(item.Id.IsEmpty);
    }

    [Theory]
    [InlineData("", "no valid JSON")]
    [InlineData("{", "no valid JSON")]
    [InlineData("[1]", "no JSON object")]
    [InlineData("{} {}", "no valid JSON")]
    [InlineData("{}", "no \"path\"")]
    [InlineData("""{"path":"/a","endpoint":"/b"}""", "twice")]
    [InlineData("""{"path":"/a","bodi":1}""", "\"bodi\" is no member")]
    [InlineData("""{"path":"a"}""", "'/' first")]
    [InlineData("""{"path":"/a b"}""", "'/' first")]
    [InlineData("""{"path":"/a#b"}""", "'/' first")]
    [InlineData("""{"path":7}""", "'/' first")]
    [InlineData("""{"path":"/a","method":"post"}""", "in capitals")]
    [InlineData("""{"path":"/a","id":true}""", "a text or a number")]
    [InlineData("""{"path":null}""", "'/' first")]
    [InlineData("""{"path":"/a","headers":[]}""", "an object of texts")]
    [InlineData("""{"path":"/a","headers":{"a b":"1"}}""", "name of a header")]
    [InlineData("""{"path":"/a","headers":{"a":"1\r\nX: 2"}}""", "visible ASCII")]
    [InlineData("""{"path":"/a","headers":{"a":1}}""", "visible ASCII")]
    [InlineData("""{"path":"/a","body":NaN}""", "no valid JSON")]
    [InlineData("""{"path":"\ud800"}""", "UTF")]
    public void TryRead_Wrong_SaysWhat(string json, string said) =>
        Assert.Contains(said, Read(json, out _), StringComparison.Ordinal);

    private static string? Read(string json, out RequestItem item) => RequestItem.TryRead(Encoding.UTF8.GetBytes(json), out item);

    private static string Text(ReadOnlyMemory<byte> bytes) => Encoding.UTF8.GetString(bytes.Span);
}
