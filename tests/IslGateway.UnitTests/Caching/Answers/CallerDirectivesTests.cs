using IslGateway.Caching.Answers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace IslGateway.UnitTests.Caching.Answers;

public sealed class CallerDirectivesTests
{
    [Theory]
    [InlineData("no-cache", true, false, false, null)]
    [InlineData("NO-CACHE", true, false, false, null)]
    [InlineData("no-store", false, true, false, null)]
    [InlineData("only-if-cached", false, false, true, null)]
    [InlineData("max-age=0", false, false, false, 0)]
    [InlineData("max-age=60", false, false, false, 60)]
    [InlineData("no-cache, no-store, max-age=5", true, true, false, 5)]
    [InlineData("only-if-cached,max-age=5", false, false, true, 5)]
    [InlineData("public", false, false, false, null)]
    [InlineData("max-age=60, Max-Age=5", false, false, false, 5)]
    [InlineData("max-age=5, max-age=60", false, false, false, 5)]
    [InlineData("max-age=\"5\"", false, false, false, 5)]
    [InlineData("max-age=5, max-age=x", false, false, false, 0)]
    [InlineData("max-age=5, =", false, false, false, 5)]
    [InlineData("max-age=99999999999", false, false, false, null)]
    [InlineData("max-age=-1", false, false, false, 0)]
    [InlineData("max-age=x", false, false, false, 0)]
    [InlineData("max-age", false, false, false, 0)]
    [InlineData("max-age=", false, false, false, 0)]
    [InlineData("max-age=1.5", false, false, false, 0)]
    [InlineData("max-ages=1", false, false, false, null)]
    [InlineData("no-cache; max-age=5", true, false, false, 5)]
    [InlineData("no-cache no-store", true, true, false, null)]
    [InlineData("no-cache=1, no-store=, only-if-cached=x", true, true, true, null)]
    [InlineData("x=\"a, no-cache\"", false, false, false, null)]
    [InlineData("x=\"a, no-store", false, true, false, null)]
    [InlineData("x-no-cache=1; y", false, false, false, null)]
    [InlineData("max-age=0; x", false, false, false, 0)]
    [InlineData("", false, false, false, null)]
    [InlineData("=", false, false, false, null)]
    public void Of_CacheControl_SaysWhatTheCallerAsks(string value, bool noCache, bool noStore, bool onlyIfCached, int? maxAge)
    {
        var expected = new CallerDirectives(noCache, noStore, onlyIfCached, maxAge is { } seconds ? TimeSpan.FromSeconds(seconds) : null);
        Assert.Equal(expected, CallerDirectives.Of(new HeaderDictionary { ["Cache-Control"] = value }));
    }

    [Theory]
    [InlineData("stale-if-error=0", 0)]
    [InlineData("Stale-If-Error=5", 5)]
    [InlineData("stale-if-error=\"5\"", 5)]
    [InlineData("stale-if-error=5, stale-if-error=3", 3)]
    [InlineData("stale-if-error", 0)]
    [InlineData("stale-if-error=", 0)]
    [InlineData("stale-if-error=-1", 0)]
    [InlineData("stale-if-error=x", 0)]
    [InlineData("stale-if-error=5, =", 0)]
    [InlineData("max-age=5", null)]
    public void Of_StaleIfError_IsTheStrictestSaid(string value, int? seconds) =>
        Assert.Equal(
            seconds is { } s ? TimeSpan.FromSeconds(s) : null,
            CallerDirectives.Of(new HeaderDictionary { ["Cache-Control"] = value }).StaleIfError);

    [Theory]
    [InlineData("min-fresh=10", true)]
    [InlineData("min-fresh=0", true)]
    [InlineData("min-fresh=20", false)]
    [InlineData("Min-Fresh=\"30\"", false)]
    [InlineData("min-fresh=10, min-fresh=30", false)]
    [InlineData("min-fresh=30, =", false)]
    [InlineData("min-fresh=10, max-age=5", false)]
    [InlineData("min-fresh=30; x", false)]
    [InlineData("min-fresh=2147483648", false)]
    [InlineData("min-fresh=99999999999999999999", false)]
    [InlineData("min-fresh=x", false)]
    [InlineData("min-fresh", false)]
    public void AllowFresh_MinFresh_AsksForSoMuchFreshnessLeft(string value, bool expected) =>
        Assert.Equal(
            expected,
            CallerDirectives.Of(new HeaderDictionary { ["Cache-Control"] = value })
                .AllowFresh(TimeSpan.FromSeconds(60), left: TimeSpan.FromSeconds(20)));

    [Theory]
    [InlineData("min-fresh=0", false)]
    [InlineData("min-fresh=5, stale-if-error=60", true)]
    public void AllowStale_MinFresh_IsMetByNoStaleAnswerUnlessTheCallerSaysSo(string value, bool expected) =>
        Assert.Equal(
            expected,
            CallerDirectives.Of(new HeaderDictionary { ["Cache-Control"] = value })
                .AllowStale(TimeSpan.FromSeconds(60), staleness: TimeSpan.FromSeconds(20)));

    [Fact]
    public void Of_StaleIfErrorBeyondAnyNumber_IsNoLimit() =>
        Assert.True(
            CallerDirectives.Of(new HeaderDictionary { ["Cache-Control"] = "stale-if-error=99999999999" })
                .AllowStale(TimeSpan.FromDays(900), TimeSpan.FromDays(800)));

    [Theory]
    [InlineData("", 100, 50, true)]
    [InlineData("max-age=100", 100, 50, false)]
    [InlineData("max-age=101", 100, 50, true)]
    [InlineData("no-cache", 100, 50, false)]
    [InlineData("no-cache, stale-if-error=60", 100, 50, false)]
    [InlineData("stale-if-error=50", 100, 50, false)]
    [InlineData("stale-if-error=51", 100, 50, true)]
    [InlineData("max-age=1, stale-if-error=51", 100, 50, true)]
    public void AllowStale_ByAgeAndStaleness_IsAsTheCallerSays(string value, int age, int staleness, bool expected) =>
        Assert.Equal(
            expected,
            CallerDirectives.Of(new HeaderDictionary { ["Cache-Control"] = value })
                .AllowStale(TimeSpan.FromSeconds(age), TimeSpan.FromSeconds(staleness)));

    [Fact]
    public void Of_NoHeader_AsksForNothing() => Assert.Equal(default, CallerDirectives.Of(new HeaderDictionary()));

    [Fact]
    public void Of_SeveralLines_CountTogether() =>
        Assert.Equal(
            new CallerDirectives(true, true, false, null),
            CallerDirectives.Of(new HeaderDictionary { ["Cache-Control"] = new StringValues(["no-cache", "no-store"]) }));

    [Theory]
    [InlineData("1", 1)]
    [InlineData("59999", 59_999)]
    [InlineData("60000", 60_000)]
    [InlineData("60001", 60_000)]
    [InlineData("0", 60_000)]
    [InlineData("-5", 60_000)]
    [InlineData("1.5", 60_000)]
    [InlineData(" 5", 60_000)]
    [InlineData("5s", 60_000)]
    [InlineData("", 60_000)]
    [InlineData("2147483647", 60_000)]
    [InlineData("99999999999999999999999", 60_000)]
    public void DeadlineOf_CallersOwn_OnlyShortensTheRows(string value, int milliseconds) =>
        Assert.Equal(
            TimeSpan.FromMilliseconds(milliseconds),
            CallerDirectives.DeadlineOf(new HeaderDictionary { ["x-timeout-ms"] = value }, TimeSpan.FromMinutes(1)));

    [Fact]
    public void DeadlineOf_NoneOrTwo_IsTheRows()
    {
        Assert.Equal(TimeSpan.FromMinutes(1), CallerDirectives.DeadlineOf(new HeaderDictionary(), TimeSpan.FromMinutes(1)));
        var two = new HeaderDictionary { ["X-Timeout-Ms"] = new StringValues(["5", "6"]) };
        Assert.Equal(TimeSpan.FromMinutes(1), CallerDirectives.DeadlineOf(two, TimeSpan.FromMinutes(1)));
    }
}
