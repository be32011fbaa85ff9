using IslGateway.Settings;

namespace IslGateway.UnitTests.Settings;

public sealed class CacheScopeTests
{
    [Theory]
    [InlineData("http://isl:8000", "http://isl:8000/")]
    [InlineData("http://isl:8000", "http://isl:8000//")]
    [InlineData("http://isl:8000", "HTTP://ISL:8000")]
    [InlineData("http://isl", "http://isl:80/")]
    [InlineData("https://isl/", "https://isl:443")]
    [InlineData("https://isl/base/", "https://Isl:443/base")]
    [InlineData("http://a;http://b", " http://b/ ; http://a:80 ;")]
    public void Of_AnotherSpelling_IsTheSame(string one, string other)
    {
        Assert.Equal(Of(one), Of(other));
        Assert.Equal(Of(one), Of("http://somewhere", other));
    }

    [Theory]
    [InlineData("http://isl:8000", "http://isl:8001")]
    [InlineData("http://isl", "https://isl")]
    [InlineData("http://isl:443", "https://isl")]
    [InlineData("http://isl/base", "http://isl/Base")]
    [InlineData("http://isl", "http://isl/base")]
    [InlineData("http://a;http://b", "http://a")]
    [InlineData("http://isl", null)]
    public void Of_AnotherAddress_IsAnother(string one, string? other) => Assert.NotEqual(Of(one), Of(other));

    [Fact]
    public void Of_AWord_CountsInsteadOfTheAddress()
    {
        Assert.Equal(Of("http://a", "isl"), Of("http://b", " isl "));
        Assert.NotEqual(Of("http://a", "isl"), Of("http://a", "Isl"));
        Assert.Equal(Of("http://a"), Of("http://a", " "));
        Assert.NotEqual(Of("http://a", "a;b"), Of("http://a", "b;a"));
    }

    private static string Of(string? address, string? scope = null) =>
        CacheScope.Of(Given.Loaded([("Isl:BaseUrl", address), .. scope is null ? ((string, string?)[])[] : [("Cache:Scope", scope)]]));
}
