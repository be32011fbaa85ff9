using CsCheck;
using IslGateway.Caching.Answers;
using Microsoft.AspNetCore.Http;

namespace IslGateway.UnitTests.Caching.Answers;

/// <summary>RFC 9111, section 4.2, word by word: headers as <c>Name: value</c>, one line each, between <c>|</c>.</summary>
public sealed class AnswerFreshnessTests
{
    /// <summary>Mon, 05 Jan 2026 12:00:00 GMT.</summary>
    private static readonly DateTimeOffset Now = new(2026, 1, 5, 12, 0, 0, TimeSpan.Zero);

    private static readonly Gen<string> AnyText = Gen.Char["max-age=0123456789\", \\\t=no-storepublic"].Array[0, 40]
        .Select(characters => new string(characters));

    /// <summary>Seconds that it may live, and how old it is; -1: as long as its row says.</summary>
    [Theory]
    [InlineData("", -1, 0)]
    [InlineData("Cache-Control:", -1, 0)]
    [InlineData("Cache-Control: public", -1, 0)]
    [InlineData("Cache-Control: public, immutable, must-understand, stale-while-revalidate=1", -1, 0)]
    [InlineData("Cache-Control: max-age=60", 60, 0)]
    [InlineData("Cache-Control: MAX-Age=60", 60, 0)]
    [InlineData("Cache-Control: max-age=060", 60, 0)]
    [InlineData("Cache-Control: max-age=\"60\"", 60, 0)]
    [InlineData("Cache-Control: ,, max-age=60 \t,public,", 60, 0)]
    [InlineData("Cache-Control: public | Cache-Control: max-age=60", 60, 0)]
    [InlineData("Cache-Control: s-maxage=60", 60, 0)]
    [InlineData("Cache-Control: max-age=60, s-maxage=30", 30, 0)]
    [InlineData("Cache-Control: max-age=30, s-maxage=60", 30, 0)]
    [InlineData("Cache-Control: max-age=2147483647", 2_147_483_647, 0)]
    [InlineData("Cache-Control: max-age=2147483648", 2_147_483_648, 0)]
    [InlineData("Cache-Control: max-age=4294967296", 2_147_483_648, 0)]
    [InlineData("Cache-Control: max-age=99999999999999999999999", 2_147_483_648, 0)]
    [InlineData("Cache-Control: max-age=60, ext=\"max-age=1, no-store\"", 60, 0)]
    [InlineData("Cache-Control: ext=\"a\\\", no-store, \", max-age=60", 60, 0)]
    [InlineData("Cache-Control: ext=\"a | Cache-Control: b\", max-age=60", 60, 0)]
    [InlineData("Age: 5", -1, 5)]
    [InlineData("Age: 0", -1, 0)]
    [InlineData("Age: 5, 7", -1, 7)]
    [InlineData("Age: 7 | Age: 5", -1, 7)]
    [InlineData("Age: 99999999999999999999999", -1, 2_147_483_648)]
    [InlineData("Cache-Control: max-age=60 | Age: 20", 40, 20)]
    [InlineData("Cache-Control: s-maxage=60 | Age: 59", 1, 59)]
    [InlineData("Cache-Control: max-age=60 | Date: Mon, 05 Jan 2026 12:00:00 GMT", 60, 0)]
    [InlineData("Cache-Control: max-age=60 | Date: Mon, 05 Jan 2026 11:59:59 GMT", 60, 0)]
    [InlineData("Cache-Control: max-age=60 | Date: Mon, 05 Jan 2026 11:59:40 GMT", 41, 19)]
    [InlineData("Cache-Control: max-age=60 | Date: Mon, 05 Jan 2026 13:00:00 GMT", 60, 0)]
    [InlineData("Cache-Control: max-age=60 | Date: Monday, 05-Jan-26 11:59:40 GMT", 41, 19)]
    [InlineData("Cache-Control: max-age=60 | Date: Mon Jan  5 11:59:40 2026", 41, 19)]
    [InlineData("Cache-Control: max-age=60 | Age: 30 | Date: Mon, 05 Jan 2026 11:59:40 GMT", 30, 30)]
    [InlineData("Cache-Control: max-age=60 | Age: 10 | Date: Mon, 05 Jan 2026 11:59:40 GMT", 41, 19)]
    [InlineData("Date: Mon, 05 Jan 2015 12:00:00 GMT", -1, 0)]
    [InlineData("Date: yesterday", -1, 0)]
    [InlineData("Expires: Mon, 05 Jan 2026 12:01:00 GMT", 60, 0)]
    [InlineData("Expires: Mon, 05 Jan 2026 12:01:00 GMT | Date: Mon, 05 Jan 2026 12:00:00 GMT", 60, 0)]
    [InlineData("Expires: Mon, 05 Jan 2026 13:01:00 GMT | Date: Mon, 05 Jan 2026 13:00:00 GMT", 60, 0)]
    [InlineData("Expires: Mon, 05 Jan 2026 12:01:00 GMT | Date: Mon, 05 Jan 2026 11:59:40 GMT", 61, 19)]
    [InlineData("Expires: Mon, 05 Jan 2026 12:01:00 GMT | Age: 20", 40, 20)]
    [InlineData("Cache-Control: public | Expires: Mon, 05 Jan 2026 12:01:00 GMT", 60, 0)]
    [InlineData("Cache-Control: max-age=60 | Expires: 0", 60, 0)]
    [InlineData("Cache-Control: max-age=60 | Expires: Mon, 05 Jan 2026 12:00:10 GMT", 60, 0)]
    [InlineData("Cache-Control: max-age=60 | Pragma: no-cache", 60, 0)]
    [InlineData("Pragma: other", -1, 0)]
    public void Of_WhatLeavesTime_SaysHowMuch(string headers, long seconds, long age)
    {
        var freshness = Of(headers);

        Assert.True(freshness.MayBeStored);
        Assert.Equal(
            (seconds < 0 ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds), TimeSpan.FromSeconds(age)),
            (freshness.Limit.Ttl, freshness.Age));
    }

    [Theory]
    [InlineData("Cache-Control: no-store")]
    [InlineData("Cache-Control: NO-STORE")]
    [InlineData("Cache-Control: no-store=\"x\"")]
    [InlineData("Cache-Control: must-understand, no-store")]
    [InlineData("Cache-Control: no-cache")]
    [InlineData("Cache-Control: no-cache=\"X-Request-Id\"")]
    [InlineData("Cache-Control: private")]
    [InlineData("Cache-Control: private=\"X-Request-Id, a\"")]
    [InlineData("Cache-Control: public, no-store")]
    [InlineData("Cache-Control: , no-store")]
    [InlineData("Cache-Control: max-age=60,no-store")]
    [InlineData("Cache-Control: max-age=60 | Cache-Control: no-store")]
    [InlineData("Cache-Control: max-age=60, ext=\"a\", no-store")]
    [InlineData("Cache-Control: max-age=0")]
    [InlineData("Cache-Control: max-age=\"0\"")]
    [InlineData("Cache-Control: s-maxage=0, max-age=60")]
    [InlineData("Cache-Control: s-maxage=60, max-age=0")]
    [InlineData("Cache-Control: max-age=-1")]
    [InlineData("Cache-Control: max-age=+1")]
    [InlineData("Cache-Control: max-age=abc")]
    [InlineData("Cache-Control: max-age=6e1")]
    [InlineData("Cache-Control: max-age=1.5")]
    [InlineData("Cache-Control: max-age")]
    [InlineData("Cache-Control: max-age=")]
    [InlineData("Cache-Control: max-age=\"\"")]
    [InlineData("Cache-Control: max-age = 60")]
    [InlineData("Cache-Control: max-age=60 no-store")]
    [InlineData("Cache-Control: max-age=60;b")]
    [InlineData("Cache-Control: max-age=60, max-age=0")]
    [InlineData("Cache-Control: max-age=60, max-age=60")]
    [InlineData("Cache-Control: s-maxage=60 | Cache-Control: s-maxage=60")]
    [InlineData("Cache-Control: max-age=60, s-maxage=abc")]
    [InlineData("Cache-Control: max-age=60, ext=\"no end")]
    [InlineData("Cache-Control: max-age=60, ext=\"no end\\\"")]
    [InlineData("Cache-Control: max-age=60, ext=\"a\"b")]
    [InlineData("Cache-Control: =")]
    [InlineData("Cache-Control: =60")]
    [InlineData("Cache-Control: max age=60")]
    [InlineData("Cache-Control: \"max-age\"=60")]
    [InlineData("Cache-Control: max-age=60 | Age: 60")]
    [InlineData("Cache-Control: max-age=60 | Age: 100")]
    [InlineData("Cache-Control: max-age=60 | Age: 1, 100")]
    [InlineData("Cache-Control: max-age=99999999999999999999 | Age: 99999999999999999999")]
    [InlineData("Age: -1")]
    [InlineData("Age: abc")]
    [InlineData("Age: 1.5")]
    [InlineData("Age:")]
    [InlineData("Age: 5,")]
    [InlineData("Age: 5 | Age: x")]
    [InlineData("Cache-Control: max-age=60 | Date: Mon, 05 Jan 2026 11:50:00 GMT")]
    [InlineData("Cache-Control: max-age=60 | Date: yesterday")]
    [InlineData("Cache-Control: max-age=60 | Date: Mon, 05 Jan 2026 12:00:00 GMT | Date: Mon, 05 Jan 2026 11:50:00 GMT")]
    [InlineData("Expires: 0")]
    [InlineData("Expires: -1")]
    [InlineData("Expires:")]
    [InlineData("Expires: soon")]
    [InlineData("Expires: Mon, 05 Jan 2026 12:00:00 GMT")]
    [InlineData("Expires: Mon, 05 Jan 2026 11:59:00 GMT")]
    [InlineData("Expires: Mon, 05 Jan 2026 12:01:00 GMT | Expires: Mon, 05 Jan 2026 12:02:00 GMT")]
    [InlineData("Expires: Mon, 05 Jan 2026 12:01:00 GMT | Date: Mon, 05 Jan 2026 12:02:00 GMT")]
    [InlineData("Expires: Mon, 05 Jan 2026 12:01:00 GMT | Date: soon")]
    [InlineData("Expires: Mon, 05 Jan 2026 12:01:00 GMT | Age: 60")]
    [InlineData("Cache-Control: public | Expires: 0")]
    [InlineData("Pragma: no-cache")]
    [InlineData("Pragma: a, No-Cache")]
    public void Of_WhatLeavesNoneOrMakesNoSense_ForbidsStoring(string headers) => Assert.False(Of(headers).MayBeStored);

    /// <summary>Seconds past its freshness; -1: as long as its row says.</summary>
    [Theory]
    [InlineData("public", -1)]
    [InlineData("max-age=60", -1)]
    [InlineData("stale-while-revalidate=0", -1)]
    [InlineData("ext=\"must-revalidate\"", -1)]
    [InlineData("must-revalidate", 0)]
    [InlineData("Must-Revalidate, max-age=60", 0)]
    [InlineData("must-revalidate=x", 0)]
    [InlineData("proxy-revalidate", 0)]
    [InlineData("s-maxage=60", 0)]
    [InlineData("max-age=60, s-maxage=30", 0)]
    [InlineData("stale-if-error=30", 30)]
    [InlineData("Stale-If-Error=\"30\"", 30)]
    [InlineData("stale-if-error=99999999999999999999", 2_147_483_648)]
    [InlineData("stale-if-error=60, stale-if-error=30", 30)]
    [InlineData("stale-if-error=30, stale-if-error=60", 30)]
    [InlineData("stale-if-error=0", 0)]
    [InlineData("stale-if-error", 0)]
    [InlineData("stale-if-error=x", 0)]
    [InlineData("stale-if-error=30, must-revalidate", 0)]
    [InlineData("proxy-revalidate, stale-if-error=30", 0)]
    [InlineData("stale-if-error=30, s-maxage=60", 0)]
    public void Of_StaleUse_IsBoundedOrForbidden(string cacheControl, long seconds) =>
        Assert.Equal(seconds < 0 ? TimeSpan.MaxValue : TimeSpan.FromSeconds(seconds), Of($"Cache-Control: {cacheControl}").Limit.StaleTtl);

    [Theory]
    [InlineData("no-transform", true)]
    [InlineData("public, No-Transform=x", true)]
    [InlineData("=, no-transform", true)]
    [InlineData("ext=\"no-transform\"", false)]
    [InlineData("public", false)]
    public void Directives_NoTransform_ForbidsPacking(string value, bool forbids) =>
        Assert.Equal(forbids, CacheDirectives.Of(value).ForbidsPacking);

    [Fact]
    public void Of_AnyText_NeverThrows() => AnyText.Sample(text => _ = Of($"Cache-Control: {text}"), iter: 20_000);

    private static AnswerFreshness Of(string headers)
    {
        var dictionary = new HeaderDictionary();
        foreach (var line in headers.Split(" | ", StringSplitOptions.RemoveEmptyEntries))
        {
            var colon = line.IndexOf(':', StringComparison.Ordinal);
            dictionary.Append(line[..colon], "");
            dictionary[line[..colon]] = new(
                [.. dictionary[line[..colon]].Where(value => !string.IsNullOrEmpty(value)), line[(colon + 1)..].Trim(' ')]);
        }

        return AnswerFreshness.Of(dictionary, Now);
    }
}
