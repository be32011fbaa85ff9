using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching;

/// <summary>What a caller asks of the cache: the request directives of RFC 9111, and its own deadline.</summary>
internal readonly record struct CallerDirectives(bool NoCache, bool NoStore, bool OnlyIfCached, TimeSpan? MaxAge)
{
    /// <summary>The caller's deadline in milliseconds: it can shorten the row's, not lengthen it.</summary>
    public const string TimeoutHeader = "X-Timeout-Ms";

    /// <summary>Reads the directives; what cannot be parsed asks for nothing.</summary>
    public static CallerDirectives Of(IHeaderDictionary headers)
    {
        var text = headers.CacheControl;
        return text.Count > 0 && CacheControlHeaderValue.TryParse(text.ToString(), out var control)
            ? new CallerDirectives(control.NoCache, control.NoStore, control.OnlyIfCached, control.MaxAge)
            : default;
    }

    /// <summary>How long the caller waits: the row's <c>Timeout</c>, or less if it says so.</summary>
    public static TimeSpan DeadlineOf(IHeaderDictionary headers, TimeSpan rowTimeout) =>
        headers.TryGetValue(TimeoutHeader, out var value)
        && long.TryParse(value.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
        && milliseconds is > 0 and < int.MaxValue
        && TimeSpan.FromMilliseconds(milliseconds) is var own && own < rowTimeout ? own : rowTimeout;
}
