using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching;

/// <summary>What a caller asks of the cache: the request directives of RFC 9111, and its own deadline.</summary>
internal readonly record struct CallerDirectives(bool NoCache, bool NoStore, bool OnlyIfCached, TimeSpan? MaxAge)
{
    /// <summary>The caller's deadline in milliseconds: it can shorten the row's, not lengthen it.</summary>
    public const string TimeoutHeader = "X-Timeout-Ms";

    /// <summary>Reads the directives. Of a header that cannot be parsed, the words that restrict the cache still count.</summary>
    public static CallerDirectives Of(IHeaderDictionary headers)
    {
        if (headers.CacheControl.Count == 0) return default;
        if (CacheControlHeaderValue.TryParse(headers.CacheControl.ToString(), out var control))
            return new CallerDirectives(control.NoCache, control.NoStore, control.OnlyIfCached, control.MaxAge);

        var words = headers.GetCommaSeparatedValues(HeaderNames.CacheControl);
        return new CallerDirectives(Has(words, "no-cache"), Has(words, "no-store"), Has(words, "only-if-cached"), MaxAge: null);
    }

    /// <summary>Whether a stored answer of this age will do.</summary>
    public bool Allow(TimeSpan age) => !NoCache && (MaxAge is not { } max || age < max);

    private static bool Has(string[] words, string word) => words.Any(w => w.Trim().Equals(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>How long the caller waits: the row's <c>Timeout</c>, or less if it says so.</summary>
    public static TimeSpan DeadlineOf(IHeaderDictionary headers, TimeSpan rowTimeout) =>
        headers.TryGetValue(TimeoutHeader, out var value)
        && long.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds is > 0 and < int.MaxValue
        && TimeSpan.FromMilliseconds(milliseconds) is var own && own < rowTimeout ? own : rowTimeout;
}
