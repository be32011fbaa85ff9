using System.Text;
using IslGateway.Caching.Answers;
using IslGateway.Endpoints;

namespace IslGateway.UnitTests.Caching.Answers;

public sealed class AnswerScanTests
{
    private static readonly AnswerPlaces Nowhere = new([]);

    [Theory]
    [InlineData("\"x\"", true)]
    [InlineData("""{"a":["x"]}""", true)]
    [InlineData("""{"a":"\u0078"}""", true)]
    [InlineData("""["\ud800"]""", true)]
    [InlineData("""{"x":1}""", false)]
    [InlineData("""{"a":"xx","b":"X","c":" x"}""", false)]
    [InlineData("1", false)]
    public void HasStrayId_Text_IsComparedDecodedAndDoubtIsYes(string json, bool expected) =>
        Assert.Equal(expected, Scan(json, Nowhere)!.HasStrayId);

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("{}x")]
    [InlineData("{} {}")]
    [InlineData("""{"a":01}""")]
    public void Of_NoJson_IsNothing(string json) => Assert.Null(Scan(json, Nowhere));

    [Theory]
    [InlineData("""{"id":"x"}""", 1, false)]
    [InlineData("""{"id":"x","other":"x"}""", 1, true)]
    [InlineData("""{"id":"\u0078"}""", 0, true)]
    public void Echoes_AtTheirPlaces_AreNoStrayIds(string json, int echoes, bool isStray)
    {
        var scan = Scan(json, new AnswerPlaces([JsonPointer.Parse("/id")]))!;
        Assert.Equal((echoes, isStray), (scan.Echoes.Count, scan.HasStrayId));
    }

    [Theory]
    [InlineData("""{"a":"f1","b":"f2"}""", "f1")]
    [InlineData("""{"b":"f2"}""", "f2")]
    [InlineData("""{"a":"","b":"f2"}""", "f2")]
    [InlineData("""{"a":1,"b":{"a":"f"}}""", null)]
    public void Fingerprint_SeveralPlaces_TheFirstThatHasOneCounts(string json, string? expected) =>
        Assert.Equal(expected, Scan(json, new AnswerPlaces([], [JsonPointer.Parse("/a"), JsonPointer.Parse("/b")]))!.Fingerprint);

    [Theory]
    [InlineData("""{"s":"bad"}""", true)]
    [InlineData("""{"e":[1]}""", true)]
    [InlineData("""{"s":"good","e":[]}""", false)]
    [InlineData("""{"s":"bad","deep":{"fine":true}}""", false)]
    public void IsNeverStored_SeveralConditions_OneIsEnough(string json, bool expected)
    {
        StoreCondition[] conditions = [StoreCondition.Parse("/s == \"bad\" and not /**/fine exists"), StoreCondition.Parse("/e nonempty")];
        Assert.Equal(expected, Scan(json, new AnswerPlaces([], [], conditions))!.IsNeverStored("{}"u8));
    }

    private static AnswerScan? Scan(string json, AnswerPlaces places) => AnswerScan.Of(Encoding.UTF8.GetBytes(json), places, "x");
}
