using System.Text;
using System.Text.Json.Nodes;
using IslGateway.Caching.Samples;
using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.UnitTests.Caching.Samples;

/// <summary>Where a number of samples goes in a body's text, and that everything else stays as it stands.</summary>
public sealed class SampleScanTests
{
    [Theory]
    [InlineData("/n", """{"a":1}""", """{"a":1,"n":500}""")]
    [InlineData("/n", """{}""", """{"n":500}""")]
    [InlineData("/n", "{ }", """{"n":500 }""")]
    [InlineData("/n", " {\n \"a\" : [ 1 , 2 ]\n}\n", " {\n \"a\" : [ 1 , 2 ],\"n\":500\n}\n")]
    [InlineData("/n", """{"b":{"n":7},"a":1.50}""", """{"b":{"n":7},"a":1.50,"n":500}""")]
    [InlineData("/n", """{"n":null,"a":1}""", """{"n":500,"a":1}""")]
    [InlineData("/o/n", """{"a":1}""", """{"a":1,"o":{"n":500}}""")]
    [InlineData("/o/n", """{"o":{"x":2},"a":1}""", """{"o":{"x":2,"n":500},"a":1}""")]
    [InlineData("/o/n", """{"o":{ },"a":1}""", """{"o":{"n":500 },"a":1}""")]
    [InlineData("/o/n", """{"o": null ,"a":1}""", """{"o": {"n":500} ,"a":1}""")]
    [InlineData("/o/p/n", """{"o":{"x":1}}""", """{"o":{"x":1,"p":{"n":500}}}""")]
    [InlineData("/o/p/n", "{}", """{"o":{"p":{"n":500}}}""")]
    [InlineData("/a~1\"b", "{}", """{"a/\u0022b":500}""")]
    public void Number_WhereTheBodyNamesNone_IsSpliced(string field, string body, string expected)
    {
        Assert.Null(Find(body, field, out var place));
        Assert.False(place.IsNamed);
        Assert.Equal(expected, Written(body, place, 500));
        Assert.NotNull(JsonNode.Parse(Written(body, place, 500)));
    }

    [Theory]
    [InlineData("/n", """{"n":1000}""", 1000)]
    [InlineData("/n", """{"a":{"n":3},"n": 7 ,"b":[]}""", 7)]
    [InlineData("/n", """{"\u006e":12}""", 12)]
    [InlineData("/o/n", """{"o":{"n":9}}""", 9)]
    [InlineData("/n", """{"n":"1000"}""", null)]
    [InlineData("/n", """{"n":1000.0}""", null)]
    [InlineData("/n", """{"n":1e3}""", null)]
    [InlineData("/n", """{"n":0}""", null)]
    [InlineData("/n", """{"n":-5}""", null)]
    [InlineData("/n", """{"n":99999999999}""", null)]
    [InlineData("/n", """{"n":{"x":1}}""", null)]
    public void Number_ThatTheBodyNames_IsFoundAndReplacedAlone(string field, string body, int? expected)
    {
        Assert.Null(Find(body, field, out var place));
        Assert.True(place.IsNamed);
        Assert.Equal(expected, place.Count);
        Assert.Null(Find(Written(body, place, 4321), field, out var again));
        Assert.Equal(4321, again.Count);
        if (expected is { } same) Assert.Equal(body, Written(body, place, same));
    }

    [Theory]
    [InlineData("/n", "[]", "The body is no JSON object.")]
    [InlineData("/n", "5", "The body is no JSON object.")]
    [InlineData("/n", "", "The body is no JSON object, or deeper than 64 levels: line 1, byte 0.")]
    [InlineData("/n", """{"a":1} x""", "The body is no JSON object, or deeper than 64 levels: line 1, byte 8.")]
    [InlineData("/n", """{"a":NaN}""", "The body is no JSON object, or deeper than 64 levels: line 1, byte 5.")]
    [InlineData("/n", """{"n":1,"n":2}""", "The body names /n twice.")]
    [InlineData("/n", """{"n":1,"\u006e":2}""", "The body names /n twice.")]
    [InlineData("/o/n", """{"o":{"n":1},"o":{}}""", "The body names /o twice.")]
    [InlineData("/o/n", """{"o":[1]}""", "The body's /o is no object.")]
    [InlineData("/n", """{"\ud800":1}""", "A member's name in the body holds half of a surrogate pair.")]
    public void Body_InWhichNothingCanBeSet_IsFaulted(string field, string body, string fault) =>
        Assert.Equal(fault, Find(body, field, out _));

    private static string? Find(string body, string field, out SamplePlace place) =>
        SampleScan.Find(Encoding.UTF8.GetBytes(body), JsonPointer.Parse(field), out place);

    private static string Written(string body, SamplePlace place, int count)
    {
        using var output = new PooledBuffer(new BufferBudget(1 << 20), 1 << 20);
        Assert.Equal(BufferOutcome.Ok, place.Write(Encoding.UTF8.GetBytes(body), count, output));
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
