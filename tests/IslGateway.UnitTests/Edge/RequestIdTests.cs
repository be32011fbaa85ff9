using System.Text.RegularExpressions;
using IslGateway.Edge;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace IslGateway.UnitTests.Edge;

public sealed partial class RequestIdTests
{
    public static TheoryData<string> Kept => ["a", "0", "AZaz09._:-", "req_0123456789ab", "a:b", "-", new string('x', 100)];

    public static TheoryData<string> Replaced => ["", " ", "a b", "a/b", "a,b", "a\u00e9", "a\"", "a\n", "{}", "a;b", new string('x', 101)];

    [Theory]
    [MemberData(nameof(Kept))]
    public void Of_WellFormed_IsTheCallers(string id) => Assert.Equal(id, Of(id));

    [Theory]
    [MemberData(nameof(Replaced))]
    public void Of_Malformed_IsANewOne(string id) => Assert.Matches(Made(), Of(id));

    [Fact]
    public void Of_NoneOrSeveral_IsANewOne()
    {
        Assert.Matches(Made(), RequestId.Of(new HeaderDictionary(), out _));
        Assert.Matches(Made(), Of(new StringValues(["a", "b"])));
        Assert.Matches(Made(), Of(new StringValues(["a", "a"])));
    }

    [Fact]
    public void Of_TwoRequests_AreTwo() => Assert.Equal(100, Enumerable.Range(0, 100).Select(_ => Of("")).Distinct().Count());

    private static string Of(StringValues id) => RequestId.Of(new HeaderDictionary { ["x-request-id"] = id }, out _);

    [GeneratedRegex("^req_[0-9a-f]{12}$")]
    private static partial Regex Made();
}
