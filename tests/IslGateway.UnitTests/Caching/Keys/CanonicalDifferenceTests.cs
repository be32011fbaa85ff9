using System.Text;
using System.Text.Json.Nodes;
using CsCheck;
using IslGateway.Caching.Keys;
using IslGateway.Corpora;

namespace IslGateway.UnitTests.Caching.Keys;

/// <summary>Where two bodies part, in what their keys are made of.</summary>
public sealed class CanonicalDifferenceTests
{
    private static readonly IgnoredFields? Ignored = IgnoredFields.Compile([["trace"], ["options", "*", "note"]]);

    private static readonly Gen<JsonNode?> Nodes = Gen.Recursive<JsonNode?>((depth, inner) => depth > 3 ? Leaves : Gen.OneOf(
        Leaves,
        inner.Array[0, 3].Select(items => (JsonNode?)new JsonArray([.. items.Select(item => item?.DeepClone())])),
        Gen.Select(OneOf("a", "b", "c", "trace"), inner).Array[0, 3].Select(Object)));

    private static Gen<JsonNode?> Leaves => Gen.OneOf(
        Gen.Int[0, 2].Select(number => (JsonNode?)JsonValue.Create(number)), Gen.Const((JsonNode?)null),
        OneOf("", "x", "xy").Select(text => (JsonNode?)JsonValue.Create(text)));

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    [Theory]
    [InlineData("""{"a":1}""", """ { "\u0061" : 1 } """, true, null)]
    [InlineData("""{"a":1,"b":2}""", """{"b":2,"a":1}""", true, null)]
    [InlineData("""{"a":1,"trace":2}""", """{"trace":3,"a":1}""", true, null)]
    [InlineData("""{"options":[{"note":1}]}""", """{"options":[{"note":2}]}""", false, null)]
    [InlineData("1", "2", true, "value ")]
    [InlineData("[]", "{}", true, "value ")]
    [InlineData("""{"a":1}""", """{"a":1.0}""", true, "value /a")]
    [InlineData("""{"a":"x"}""", """{"a":"xy"}""", true, "value /a")]
    [InlineData("""{"a":{"b":[1,2,{"c":null}]}}""", """{"a":{"b":[1,2,{"c":false}]}}""", true, "value /a/b/2/c")]
    [InlineData("""{"a":[1,2]}""", """{"a":[1,2,3]}""", true, "missing /a/2")]
    [InlineData("""{"a":[]}""", """{"a":[0]}""", false, "missing /a/0")]
    [InlineData("""{"a":1,"c":1}""", """{"a":1,"b":1,"c":1}""", true, "missing /b")]
    [InlineData("""{"a":1,"b":1}""", """{"a":1}""", false, "missing /b")]
    [InlineData("""{"a":1,"b":2}""", """{"b":2,"a":1}""", false, "order /a")]
    [InlineData("""{"x":{"a":{"k":[1]},"b":2}}""", """{"x":{"b":2,"a":{"k":[1]}}}""", false, "order /x/a")]
    [InlineData("""{"a":1,"c":2}""", """{"b":2,"c":2}""", false, "missing /a")]
    [InlineData("""{"c":2}""", """{"b":2,"c":2}""", false, "missing /b")]
    [InlineData("""{"a/b":{"~":1}}""", """{"a/b":{"~":2}}""", true, "value /a~1b/~0")]
    [InlineData("""{"":{"":1}}""", """{"":{"":2}}""", true, "value //")]
    [InlineData("""{"é":1}""", """{"é":2}""", true, "value /é")]
    public void Find_TwoBodies_NamesTheFirstPlaceThatCounts(string left, string right, bool sorted, string? difference) =>
        Assert.Equal(difference, Find(Encoding.UTF8.GetBytes(left), Encoding.UTF8.GetBytes(right), sorted));

    [Fact]
    public void Find_LongNames_EndInAnEllipsis()
    {
        var name = new string('n', 10_000);
        var difference = Find(Encoding.UTF8.GetBytes($$"""{"{{name}}":1}"""), Encoding.UTF8.GetBytes($$"""{"{{name}}":2}"""), true);
        Assert.Equal("value /" + name[..999] + "…", difference);
    }

    /// <summary>There is a difference if and only if the keys differ, and it can be found from either side.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Find_AnyTwoBodies_FindsOneIfTheDigestsDiffer(bool sorted) => Gen.Select(Nodes, Nodes).Sample(
        (left, right) =>
        {
            var (mine, theirs) = (Bytes(left), Bytes(right));
            var differ = Digest(mine, sorted) != Digest(theirs, sorted);
            var (there, back) = (Find(mine, theirs, sorted), Find(theirs, mine, sorted));
            return (there is not null) == differ && (back is not null) == differ
                && there?.Split(' ')[0] == back?.Split(' ')[0];
        },
        iter: 20_000);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Find_EachTwoOfTheCorpus_FindsOneIfTheDigestsDiffer(bool sorted)
    {
        var rows = JsonBody.All.Where(row => row.IsKeyed && row.Bytes.Length < 1_000).ToList();
        foreach (var left in rows)
        {
            foreach (var right in rows)
                Assert.Equal(Digest(left.Bytes, sorted) == Digest(right.Bytes, sorted), Find(left.Bytes, right.Bytes, sorted) is null);
        }
    }

    private static JsonNode Object((string Name, JsonNode? Value)[] members)
    {
        var made = new JsonObject();
        foreach (var (name, value) in members) made[name] = value?.DeepClone();
        return made;
    }

    private static byte[] Bytes(JsonNode? node) => Encoding.UTF8.GetBytes(node?.ToJsonString() ?? "null");

    private static IslGateway.Content.Digest Digest(byte[] body, bool sorted)
    {
        Assert.True(CanonicalDigest.TryMake(body, sorted, Ignored, out var digest));
        return digest;
    }

    private static string? Find(byte[] left, byte[] right, bool sorted)
    {
        using var mine = Canonical(left, sorted);
        using var theirs = Canonical(right, sorted);
        return CanonicalDifference.Find(mine.Written, theirs.Written) is { } found ? $"{found.Kind} {found.At}" : null;
    }

    private static CanonicalBuffer Canonical(byte[] body, bool sorted)
    {
        var buffer = new CanonicalBuffer();
        Assert.True(CanonicalBody.TryWrite(body, sorted, Ignored, buffer));
        return buffer;
    }
}
