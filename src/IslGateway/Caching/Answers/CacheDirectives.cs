using Microsoft.Extensions.Primitives;

namespace IslGateway.Caching.Answers;

/// <summary>
/// The directives of an answer's <c>Cache-Control</c> that matter to a shared cache (RFC 9111, section 5.2.2). Names in any case; values as
/// token or quoted string; words inside the quoted value of another directive do not count. A header that breaks the grammar, or that gives
/// a lifetime twice, is read in the strictest way.
/// <code>
/// Cache-Control = [ directive ] *( OWS "," OWS [ directive ] )
/// directive     = token [ "=" ( token / quoted-string ) ]
/// </code>
/// </summary>
internal readonly record struct CacheDirectives
{
    /// <summary>What a larger, or unreadably large, number of seconds counts as (RFC 9111, section 1.2.2).</summary>
    public static readonly TimeSpan Overflow = TimeSpan.FromSeconds(1L << 31);

    /// <summary>Whether it is to be stored at all.</summary>
    public bool ForbidsStoring { get; private init; }

    /// <summary>Whether it must not be served past its freshness.</summary>
    public bool ForbidsStale { get; private init; }

    /// <summary>Whether its bytes must be passed on as they are.</summary>
    public bool ForbidsPacking { get; private init; }

    /// <summary>The smaller of <c>s-maxage</c> and <c>max-age</c>.</summary>
    public TimeSpan? MaxAge { get; private init; }

    /// <summary>How long past its freshness the answer may stand in for ISL (RFC 5861).</summary>
    public TimeSpan? StaleIfError { get; private init; }

    /// <summary>Reads all lines of the header as one list.</summary>
    public static CacheDirectives Of(StringValues lines)
    {
        var found = new CacheDirectives();
        if (lines.Count == 0) return found;
        var text = lines.ToString();
        var reader = new DirectiveReader(text);
        var (hasMaxAge, hasSharedMaxAge) = (false, false);
        while (reader.Read(out var name, out var value))
        {
            if (Is(name, "no-store") || Is(name, "no-cache") || Is(name, "private")) found = found with { ForbidsStoring = true };
            else if (Is(name, "must-revalidate") || Is(name, "proxy-revalidate")) found = found with { ForbidsStale = true };
            else if (Is(name, "no-transform")) found = found with { ForbidsPacking = true };
            else if (Is(name, "max-age")) found = found.LivesFor(value, ref hasMaxAge);
            else if (Is(name, "s-maxage")) found = found.LivesFor(value, ref hasSharedMaxAge) with { ForbidsStale = true };
            else if (Is(name, "stale-if-error"))
                found = found with { StaleIfError = Shorter(found.StaleIfError, SecondsIn(value) ?? TimeSpan.Zero) };
        }

        if (!reader.IsBroken) return found;
        return found with
        {
            ForbidsStoring = true,
            ForbidsPacking = found.ForbidsPacking || text.Contains("no-transform", StringComparison.OrdinalIgnoreCase),
        };
    }

    /// <summary>Reads <c>delta-seconds</c>, which is digits and nothing else. Null if the text is not that.</summary>
    public static TimeSpan? SecondsIn(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty || text.ContainsAnyExceptInRange('0', '9')) return null;
        return long.TryParse(text, out var seconds) && TimeSpan.TicksPerSecond * (Int128)seconds < Overflow.Ticks
            ? TimeSpan.FromSeconds(seconds)
            : Overflow;
    }

    private CacheDirectives LivesFor(ReadOnlySpan<char> value, ref bool wasSaid)
    {
        var age = SecondsIn(value);
        var twice = wasSaid;
        wasSaid = true;
        return age is null || twice ? this with { ForbidsStoring = true } : this with { MaxAge = Shorter(MaxAge, age.Value) };
    }

    private static TimeSpan Shorter(TimeSpan? one, TimeSpan other) => one is { } known && known < other ? known : other;

    private static bool Is(ReadOnlySpan<char> name, string word) => name.Equals(word, StringComparison.OrdinalIgnoreCase);
}
