using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using IslGateway.Content;
using IslGateway.Workflows.Batch;

namespace IslGateway.UnitTests.Workflows.Batch;

public sealed class MergePatchTests
{
    /// <summary>The examples of RFC 7396, appendix A, whose target and patch are objects.</summary>
    [Theory]
    [InlineData("""{"a":"b"}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"b":"c"}""", """{"a":"b","b":"c"}""")]
    [InlineData("""{"a":"b"}""", """{"a":null}""", "{}")]
    [InlineData("""{"a":"b","b":"c"}""", """{"a":null}""", """{"b":"c"}""")]
    [InlineData("""{"a":["b"]}""", """{"a":"c"}""", """{"a":"c"}""")]
    [InlineData("""{"a":"c"}""", """{"a":["b"]}""", """{"a":["b"]}""")]
    [InlineData("""{"a":{"b":"c"}}""", """{"a":{"b":"d","c":null}}""", """{"a":{"b":"d"}}""")]
    [InlineData("""{"a":[{"b":"c"}]}""", """{"a":[1]}""", """{"a":[1]}""")]
    [InlineData("""{"e":null}""", """{"a":1}""", """{"e":null,"a":1}""")]
    [InlineData("{}", """{"a":{"bb":{"ccc":null}}}""", """{"a":{"bb":{}}}""")]
    public void Write_TheRfcsExamples_AreItsResults(string target, string patch, string merged) =>
        Assert.Equal(merged, Merge(target, patch));

    [Theory]
    [InlineData(
        """{ "z" : 1.50 , "m":{"y": [1, 2],"x":1e2}, "a":0 }""", """{"m":{"x":3},"n":4}""",
        """{"z" : 1.50,"m":{"y": [1, 2],"x":3},"a":0,"n":4}""")]
    [InlineData("""{"a\u0062":1}""", """{"ab":2}""", """{"a\u0062":2}""")]
    [InlineData("""{"a":1,"b":2,"c":3}""", """{"c":30,"a":10}""", """{"a":10,"b":2,"c":30}""")]
    [InlineData("""{"a":[null]}""", """{"b":[null,{"c":null}]}""", """{"a":[null],"b":[null,{"c":null}]}""")]
    [InlineData("""{"a":1}""", "{}", """{"a":1}""")]
    [InlineData("""{"a":1}""", """{"a":{"b":null,"c":1}}""", """{"a":{"c":1}}""")]
    public void Write_WhatIsNotChanged_StandsAsItStood(string target, string patch, string merged) =>
        Assert.Equal(merged, Merge(target, patch));

    [Theory]
    [InlineData("{}", "[]")]
    [InlineData("{}", """{"a":1,"a":2}""")]
    [InlineData("""{"a":{"b":1,"b":2}}""", """{"a":{"b":3}}""")]
    public void Write_WhatCanBeReadInTwoWays_IsRefused(string target, string patch) =>
        Assert.ThrowsAny<JsonException>(() => Merge(target, patch));

    [Fact]
    public void Write_MoreThanThereIsRoomFor_IsSaid()
    {
        using var output = new PooledBuffer(new BufferBudget(1 << 20), 10);
        Assert.Equal(
            BufferOutcome.LimitExceeded, MergePatch.Write(new MergeBase("""{"a":"0123456789"}"""u8.ToArray()), "{}"u8.ToArray(), output));
    }

    [Fact]
    public void Write_AnyTwoObjects_MeanWhatTheRfcsAlgorithmMakesOfThem() =>
        Gen.Select(JsonObjects.OfDepth(3), JsonObjects.OfDepth(3)).Sample((target, patch) =>
            JsonNode.DeepEquals(JsonNode.Parse(Merge(target, patch)), Apply(JsonNode.Parse(target), JsonNode.Parse(patch))));

    private static string Merge(string target, string patch)
    {
        var budget = new BufferBudget(1 << 20);
        using var output = new PooledBuffer(budget, 1 << 16);
        Assert.Equal(BufferOutcome.Ok, MergePatch.Write(new MergeBase(Bytes(target)), Bytes(patch), output));
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    /// <summary>RFC 7396, section 2.</summary>
    private static JsonNode? Apply(JsonNode? target, JsonNode? patch)
    {
        if (patch is not JsonObject changes) return patch?.DeepClone();
        var result = target is JsonObject known ? known.DeepClone().AsObject() : [];
        foreach (var (name, value) in changes)
        {
            if (value is null) result.Remove(name);
            else result[name] = Apply(result[name], value);
        }

        return result;
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
