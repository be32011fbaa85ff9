using System.Text;
using IslGateway.Caching.Keys;
using IslGateway.Corpora;

namespace IslGateway.UnitTests.Caching.Keys;

/// <summary>What is said of bodies that cannot be read exactly.</summary>
public sealed class BodyFaultTests
{
    public static TheoryData<string> Refused => [.. JsonBody.All.Where(row => !row.IsKeyed).Select(row => row.Name)];

    [Theory]
    [InlineData("", "The body is empty.", null)]
    [InlineData("\ufeff{}", "The body begins with a byte order mark.", null)]
    [InlineData("{\"a\":1,\n  oops}", "The body is not JSON, or deeper than 64 levels: line 2, byte 2.", null)]
    [InlineData("""{"a":NaN}""", "The body is not JSON, or deeper than 64 levels: line 1, byte 5.", null)]
    [InlineData("""{"a":[{},{"b":1,"\u0062":2}]}""", "A member's name is there twice.", "/a/1/b")]
    [InlineData("""{"a":{"b":1},"a":1}""", "A member's name is there twice.", "/a")]
    [InlineData("""{"a":[0,[1e400]]}""", "A number is out of range: beyond a double, or an integer of more than 4,300 digits.", "/a/1/0")]
    [InlineData("""["x","\ud800"]""", "A text holds half of a surrogate pair.", "/1")]
    public void Of_ABody_SaysWhatAndWhere(string body, string what, string? at) =>
        Assert.Equal(new BodyFault(what, at), BodyFault.Of(Encoding.UTF8.GetBytes(body)));

    [Theory]
    [MemberData(nameof(Refused))]
    public void Of_WhatIsRefused_IsNeverAtALoss(string name) =>
        Assert.NotEqual("The body cannot be read exactly.", BodyFault.Of(JsonBody.All.Single(row => row.Name == name).Bytes).What);

    [Fact]
    public void Of_TooManyMembers_StopsThere()
    {
        var body = "{" + string.Join(',', Enumerable.Range(0, CanonicalBody.MaxMembers + 2).Select(i => $"\"{i}\":0")) + "}";
        var fault = BodyFault.Of(Encoding.UTF8.GetBytes(body));
        Assert.StartsWith("The body has more than 131072 members", fault.What, StringComparison.Ordinal);
    }
}
