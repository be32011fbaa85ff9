using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching.Answers;

/// <summary>What a caller asks of the cache: the request directives of RFC 9111, and its own deadline.</summary>
/// <param name="NoCache">Nothing stored will do.</param>
/// <param name="NoStore">The answer must not be stored.</param>
/// <param name="OnlyIfCached">ISL must not be asked.</param>
/// <param name="MaxAge">Nothing as old as this will do.</param>
/// <param name="StaleIfError">
/// How far past its freshness an answer may stand in for ISL (RFC 5861), where the caller says so; zero: it may not.
/// </param>
internal readonly record struct CallerDirectives(
    bool NoCache, bool NoStore, bool OnlyIfCached, TimeSpan? MaxAge, TimeSpan? StaleIfError = null)
{
    /// <summary>The caller's deadline in milliseconds: it can shorten the row's, not lengthen it.</summary>
    public const string TimeoutHeader = "X-Timeout-Ms";

    private const string MaxAgeWord = "max-age";
    private const string StaleIfErrorWord = "stale-if-error";

    /// <summary>
    /// Reads the directives; of one that is said twice the stricter counts. Of a header that cannot be parsed, the words that restrict the
    /// cache still count, and an age that is one; <c>stale-if-error</c> counts as its strictest.
    /// </summary>
    public static CallerDirectives Of(IHeaderDictionary headers)
    {
        if (headers.CacheControl.Count == 0) return default;
        var words = headers.GetCommaSeparatedValues(HeaderNames.CacheControl);
        var maxAge = MaxAgeIn(words);
        if (CacheControlHeaderValue.TryParse(headers.CacheControl.ToString(), out var control))
            return new CallerDirectives(control.NoCache, control.NoStore, control.OnlyIfCached, maxAge, StaleIfErrorIn(control));

        var hasStaleIfError = words.Any(word => word.TrimStart().StartsWith(StaleIfErrorWord, StringComparison.OrdinalIgnoreCase));
        return new CallerDirectives(
            Has(words, "no-cache"), Has(words, "no-store"), Has(words, "only-if-cached"), maxAge, hasStaleIfError ? TimeSpan.Zero : null);
    }

    /// <summary>Whether a stored answer of this age will do.</summary>
    public bool Allow(TimeSpan age) => !NoCache && (MaxAge is not { } max || age < max);

    /// <summary>
    /// Whether a stale answer may stand in for ISL: as the caller says with <c>stale-if-error</c>, and without that word unless it asks for
    /// something newer.
    /// </summary>
    /// <param name="age">Since the answer was complete.</param>
    /// <param name="staleness">Since it was last fresh.</param>
    public bool AllowStale(TimeSpan age, TimeSpan staleness) => StaleIfError is { } limit ? !NoCache && staleness < limit : Allow(age);

    /// <summary>The smallest of its values; what is no number of seconds, or beyond any age, asks for nothing.</summary>
    private static TimeSpan? MaxAgeIn(string[] words)
    {
        TimeSpan? smallest = null;
        foreach (var word in words)
        {
            if (word.Split('=', 2, StringSplitOptions.TrimEntries) is not [var name, var text]) continue;
            if (!name.Equals(MaxAgeWord, StringComparison.OrdinalIgnoreCase)) continue;
            if (!HeaderUtilities.TryParseNonNegativeInt32(HeaderUtilities.RemoveQuotes(text), out var seconds)) continue;
            if (smallest is null || seconds < smallest.Value.TotalSeconds) smallest = TimeSpan.FromSeconds(seconds);
        }

        return smallest;
    }

    /// <summary>The strictest of its values; one that is no number of seconds allows nothing.</summary>
    private static TimeSpan? StaleIfErrorIn(CacheControlHeaderValue control)
    {
        TimeSpan? strictest = null;
        foreach (var extension in control.Extensions)
        {
            if (!extension.Name.Equals(StaleIfErrorWord, StringComparison.OrdinalIgnoreCase)) continue;
            var text = HeaderUtilities.RemoveQuotes(extension.Value);
            var limit = HeaderUtilities.TryParseNonNegativeInt32(text, out var seconds) ? TimeSpan.FromSeconds(seconds)
                : text is { HasValue: true, Length: > 0 } && text.AsSpan().ContainsAnyExceptInRange('0', '9') is false ? TimeSpan.MaxValue
                : TimeSpan.Zero;
            if (strictest is null || limit < strictest) strictest = limit;
        }

        return strictest;
    }

    private static bool Has(string[] words, string word) => words.Any(w => w.Trim().Equals(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>How long the caller waits: the row's <c>Timeout</c>, or less if it says so.</summary>
    public static TimeSpan DeadlineOf(IHeaderDictionary headers, TimeSpan rowTimeout) =>
        headers.TryGetValue(TimeoutHeader, out var value)
        && long.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds is > 0 and < int.MaxValue
        && TimeSpan.FromMilliseconds(milliseconds) is var own && own < rowTimeout ? own : rowTimeout;
}
