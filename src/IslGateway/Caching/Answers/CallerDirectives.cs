using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching.Answers;

/// <summary>What a caller asks of the cache: the request directives of RFC 9111, and its own deadline.</summary>
/// <param name="NoCache">No stored answer is accepted.</param>
/// <param name="NoStore">The answer must not be stored.</param>
/// <param name="OnlyIfCached">ISL must not be asked.</param>
/// <param name="MaxAge">Only answers younger than this are accepted.</param>
/// <param name="StaleIfError">
/// How long past its freshness an answer may stand in for ISL (RFC 5861), where the caller says so; zero: not at all.
/// </param>
/// <param name="MinFresh">Only answers are accepted that stay fresh for longer than this.</param>
internal readonly record struct CallerDirectives(
    bool NoCache, bool NoStore, bool OnlyIfCached, TimeSpan? MaxAge, TimeSpan? StaleIfError = null, TimeSpan? MinFresh = null)
{
    /// <summary>The caller's deadline in milliseconds: it can shorten the row's timeout, not lengthen it.</summary>
    public const string TimeoutHeader = "X-Timeout-Ms";

    private const string MaxAgeWord = "max-age";
    private const string MinFreshWord = "min-fresh";
    private const string StaleIfErrorWord = "stale-if-error";

    /// <summary>What may stand between directives in a header that breaks the grammar.</summary>
    private static readonly char[] Separators = [',', ';', ' ', '\t'];

    /// <summary>
    /// Reads the directives; of one that is given twice the stricter counts. In a header that cannot be parsed, such as one with semicolons
    /// for commas, directives that restrict the cache and ages still count, and <c>stale-if-error</c> counts as zero.
    /// </summary>
    public static CallerDirectives Of(IHeaderDictionary headers)
    {
        if (headers.CacheControl.Count == 0) return default;
        var text = headers.CacheControl.ToString();
        var isReadable = CacheControlHeaderValue.TryParse(text, out var control);
        var words = isReadable
            ? headers.GetCommaSeparatedValues(HeaderNames.CacheControl)
            : text.Split(Separators, StringSplitOptions.RemoveEmptyEntries);

        // An age beyond all numbers is no limit; a freshness beyond all numbers is one that no answer has. What is no number asks for
        // something that is not known: no stored answer can be sure to meet it (RFC 9111, section 4.2.1).
        var maxAge = SecondsIn(words, MaxAgeWord, malformed: TimeSpan.Zero).Where(age => age < CacheDirectives.Overflow).Min();
        var minFresh = SecondsIn(words, MinFreshWord, malformed: CacheDirectives.Overflow).Max();
        if (isReadable)
            return new CallerDirectives(control!.NoCache, control.NoStore, control.OnlyIfCached, maxAge, StaleIfErrorIn(control), minFresh);

        var hasStaleIfError = words.Any(word => word.TrimStart().StartsWith(StaleIfErrorWord, StringComparison.OrdinalIgnoreCase));
        return new CallerDirectives(
            Has(words, "no-cache"), Has(words, "no-store"), Has(words, "only-if-cached"), maxAge, hasStaleIfError ? TimeSpan.Zero : null,
            minFresh);
    }

    /// <summary>Whether the caller accepts a stored answer of this age.</summary>
    public bool Allow(TimeSpan age) => !NoCache && (MaxAge is not { } max || age < max);

    /// <summary>Whether the caller accepts a fresh answer of this age that has so much freshness left.</summary>
    public bool AllowFresh(TimeSpan age, TimeSpan left) => Allow(age) && (MinFresh is not { } min || left > min);

    /// <summary>
    /// Whether a stale answer may stand in for ISL: within the caller's <c>stale-if-error</c> or, if it sent none, whenever it accepts an
    /// answer of this age and does not ask for a fresh one.
    /// </summary>
    /// <param name="age">Time since the answer was complete.</param>
    /// <param name="staleness">Time since it was last fresh.</param>
    public bool AllowStale(TimeSpan age, TimeSpan staleness) =>
        StaleIfError is { } limit ? !NoCache && staleness < limit : Allow(age) && MinFresh is null;

    /// <summary>The values of a directive, those included that are malformed or not there.</summary>
    private static IEnumerable<TimeSpan?> SecondsIn(string[] words, string directive, TimeSpan malformed)
    {
        foreach (var word in words)
        {
            var parts = word.Split('=', 2, StringSplitOptions.TrimEntries);
            if (!parts[0].Equals(directive, StringComparison.OrdinalIgnoreCase)) continue;
            yield return CacheDirectives.SecondsIn(HeaderUtilities.RemoveQuotes(parts.ElementAtOrDefault(1)).AsSpan()) ?? malformed;
        }
    }

    /// <summary>The strictest of the values; a malformed one counts as zero.</summary>
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

    private static bool Has(string[] words, string word) =>
        words.Any(given => given.Split('=', 2)[0].Trim('"').Equals(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>How long the caller waits: the row's <c>Timeout</c>, or less if it says so.</summary>
    public static TimeSpan DeadlineOf(IHeaderDictionary headers, TimeSpan rowTimeout) =>
        headers.TryGetValue(TimeoutHeader, out var value)
        && long.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds is > 0 and < int.MaxValue
        && TimeSpan.FromMilliseconds(milliseconds) is var own && own < rowTimeout ? own : rowTimeout;
}
