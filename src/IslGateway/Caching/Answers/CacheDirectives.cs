using Microsoft.Extensions.Primitives;

namespace IslGateway.Caching.Answers;

/// <summary>
/// What <c>Cache-Control</c> of an answer says (RFC 9111, section 5.2.2): the words that matter to a shared cache, in any case, values as
/// token or as quoted string, what stands in a quoted string of another word aside. What is not of this grammar, or says a lifetime twice,
/// says nothing that can be relied on.
/// <code>
/// Cache-Control = [ directive ] *( OWS "," OWS [ directive ] )
/// directive     = token [ "=" ( token / quoted-string ) ]
/// </code>
/// </summary>
internal readonly record struct CacheDirectives
{
    /// <summary>RFC 9111, section 1.2.2: what a number of seconds that is larger, or too large to be read, counts as.</summary>
    public static readonly TimeSpan Overflow = TimeSpan.FromSeconds(1L << 31);

    /// <summary>Whether it is to be stored at all.</summary>
    public bool ForbidsStoring { get; private init; }

    /// <summary>Whether it must not be served past its freshness.</summary>
    public bool ForbidsStale { get; private init; }

    /// <summary>Whether its bytes must be passed on as they are.</summary>
    public bool ForbidsPacking { get; private init; }

    /// <summary>The smaller of <c>s-maxage</c> and <c>max-age</c>.</summary>
    public TimeSpan? MaxAge { get; private init; }

    /// <summary>How far past its freshness it may stand in for ISL (RFC 5861).</summary>
    public TimeSpan? StaleIfError { get; private init; }

    /// <summary>Reads the lines of the header as one.</summary>
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

    /// <summary><c>delta-seconds</c>: digits and nothing else. Null: it is none.</summary>
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
