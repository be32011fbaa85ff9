using IslGateway.Upstream;
using Microsoft.Extensions.Primitives;

namespace IslGateway.UnitTests.Upstream;

public sealed class ViaTests
{
    private readonly Via _via = new();

    [Theory]
    [InlineData("HTTP/1.1", "^1.1 isl-gateway-[0-9a-f]{16}$")]
    [InlineData("HTTP/2", "^2 isl-gateway-[0-9a-f]{16}$")]
    [InlineData("1.1", "^1.1 isl-gateway-[0-9a-f]{16}$")]
    public void Member_Protocol_IsItsVersion(string protocol, string member) => Assert.Matches(member, _via.Member(protocol));

    [Fact]
    public void HasPassed_OwnMemberAnywhere_IsSeen()
    {
        var own = _via.Member("HTTP/1.1");
        Assert.True(_via.HasPassed(own));
        Assert.True(_via.HasPassed(own.ToUpperInvariant()));
        Assert.True(_via.HasPassed($"1.0 fred, {own} (a, b), 2 other"));
        Assert.True(_via.HasPassed(new StringValues(["1.0 fred", own])));
    }

    [Fact]
    public void HasPassed_OthersOnly_IsNot()
    {
        Assert.False(_via.HasPassed(default));
        Assert.False(_via.HasPassed("1.0 fred"));
        Assert.False(_via.HasPassed(new Via().Member("HTTP/1.1")));
    }

    [Theory]
    [InlineData("1.0 fred", null)]
    [InlineData("1.1 isl-gateway-0123456789abcdef", "1.1 isl-gateway-0123456789abcdef")]
    [InlineData(
"1.0 fred, HTTP/2 isl-gateway-0123456789abcdef (x), 1.1 isl-gateway-00000000000000ff",
"1.1 isl-gateway-0123456789abcdef, 1.1 isl-gateway-00000000000000ff")]
    [InlineData("1.1 isl-gateway-0123456789abcdef0", null)]
    [InlineData("1.1 my-isl-gateway-0123456789abcdef", null)]
    [InlineData("1.1 isl-gateway-0123456789ABCDEF", null)]
    public void Gateways_Values_AreTheGatewaysAmongThem(string values, string? gateways) =>
        Assert.Equal(gateways, Via.Gateways(values) is { Count: > 0 } some ? some.ToString() : null);

    [Fact]
    public void Gateways_NoValues_AreNone() => Assert.Equal(0, Via.Gateways(default).Count);
}
