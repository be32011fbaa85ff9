using IslGateway.Endpoints;

namespace IslGateway.UnitTests.Endpoints;

public sealed class RawTargetTests
{
    [Theory]
    [InlineData("/", "/")]
    [InlineData("/a/b?c=d", "/a/b?c=d")]
    [InlineData("//a", "//a")]
    [InlineData("//", "//")]
    [InlineData("/a?u=http://h/b", "/a?u=http://h/b")]
    [InlineData("/%2e%2E//A?x=%20", "/%2e%2E//A?x=%20")]
    [InlineData("http://isl", "/")]
    [InlineData("http://isl/", "/")]
    [InlineData("http://isl:8000/a/b?c=d", "/a/b?c=d")]
    [InlineData("HTTPS://isl//a", "//a")]
    [InlineData("http://isl?c=d", "/?c=d")]
    [InlineData("http://isl?c=/d", "/?c=/d")]
    [InlineData("http://isl/a?u=http://h/b", "/a?u=http://h/b")]
    [InlineData("http://user:word@isl/a", "/a")]
    [InlineData("http://[::1]:80/a", "/a")]
    [InlineData("*", "/")]
    [InlineData("isl:443", "/")]
    [InlineData("", "/")]
    public void InOriginForm_EveryForm_KeepsPathAndQueryAsWritten(string target, string expected) =>
        Assert.Equal(expected, RawTarget.InOriginForm(target));

    [Theory]
    [InlineData("/", "/")]
    [InlineData("/a/b", "/a/b")]
    [InlineData("/a?", "/a")]
    [InlineData("/a?b?c", "/a")]
    [InlineData("/?/a", "/")]
    [InlineData("/a%3fb", "/a%3fb")]
    [InlineData("/a#b", "/a#b")]
    public void PathOf_OriginForm_EndsAtTheFirstQuestionMark(string target, string expected) =>
        Assert.Equal(expected, RawTarget.PathOf(target).ToString());
}
