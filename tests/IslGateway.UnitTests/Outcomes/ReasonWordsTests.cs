using System.Text.RegularExpressions;
using IslGateway.Outcomes;

namespace IslGateway.UnitTests.Outcomes;

public sealed partial class ReasonWordsTests
{
    [Fact]
    public void All_Words_AreUniqueTokens()
    {
        Assert.Equal(Enum.GetValues<Reason>().Length, ReasonWords.All.Distinct(StringComparer.Ordinal).Count());
        Assert.All(ReasonWords.All, word => Assert.Matches(Token(), word));
    }

    [Fact]
    public void Word_EveryReason_IsItsNameHyphenated() =>
        Assert.All(
            Enum.GetValues<Reason>(),
            reason => Assert.Equal(reason.ToString(), reason.Word().Replace("-", "", StringComparison.Ordinal), ignoreCase: true));

    [Theory]
    [InlineData("None", "none")]
    [InlineData("Memory", "memory")]
    [InlineData("NotJsonRequest", "not-json-request")]
    [InlineData("OnlyIfCached", "only-if-cached")]
    public void Word_Name_IsSplitAtCapitals(string reason, string expected) => Assert.Equal(expected, Enum.Parse<Reason>(reason).Word());

    /// <summary>RFC 8941 allows more; these are lower case and hyphenated.</summary>
    [GeneratedRegex("^[a-z]+(-[a-z]+)*$")]
    private static partial Regex Token();
}
