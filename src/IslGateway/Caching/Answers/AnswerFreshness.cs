using IslGateway.Endpoints;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching.Answers;

/// <summary>
/// What an answer's own headers say about its freshness (RFC 9111, section 4.2; RFC 5861), read strictly: where a header says two things
/// the shorter life counts, and an answer whose headers make no sense is not stored. The headers can shorten the row's lifetime, never
/// lengthen it.
/// </summary>
/// <param name="MayBeStored">Whether any time is left, and nothing forbids it.</param>
/// <param name="Limit">The longest it may live from now on; <see cref="TimeSpan.MaxValue"/> where the headers set no limit.</param>
/// <param name="Age">How old it is already.</param>
internal readonly record struct AnswerFreshness(bool MayBeStored, Lifetime Limit, TimeSpan Age)
{
    /// <summary><c>Date</c> is in whole seconds, so an answer made this moment may look this many seconds old.</summary>
    private const int DateResolution = 1;

    private static AnswerFreshness Never => default;

    /// <summary>Reads the headers of an answer that has just been received completely.</summary>
    public static AnswerFreshness Of(IHeaderDictionary headers, DateTimeOffset now)
    {
        var control = CacheDirectives.Of(headers.CacheControl);
        if (control.ForbidsStoring || !TryReadAge(headers.Age, out var age)) return Never;
        var stale = control.ForbidsStale ? TimeSpan.Zero : control.StaleIfError ?? TimeSpan.MaxValue;
        var lifetime = control.MaxAge;
        if (lifetime is null && headers.Expires.Count > 0)
        {
            if (!TryReadDate(headers.Expires, out var expires) || headers.Expires.Count > 1) return Never;
            lifetime = expires - (TryReadDate(headers.Date, out var from) ? from : now);
        }

        if (lifetime is null)
        {
            // Pragma stands in for Cache-Control where that is missing, as from an HTTP/1.0 server (RFC 9111, section 5.4).
            var isOld = headers.CacheControl.Count == 0
                && headers.Pragma.ToString().Contains("no-cache", StringComparison.OrdinalIgnoreCase);
            return isOld ? Never : new AnswerFreshness(true, new Lifetime(TimeSpan.MaxValue, stale), age);
        }

        // Compares ISL's clock with this machine's, as the RFC does: only so can the time spent in a cache that sends no Age be seen.
        if (headers.Date.Count > 0)
        {
            if (!TryReadDate(headers.Date, out var date)) return Never;
            var byDate = TimeSpan.FromSeconds(Math.Max(0, Math.Floor((now - date).TotalSeconds) - DateResolution));
            if (byDate > age) age = byDate;
        }

        return lifetime > age ? new AnswerFreshness(true, new Lifetime(lifetime.Value - age, stale), age) : Never;
    }

    /// <summary>The largest age given; zero if there is none. False if any of them is malformed.</summary>
    private static bool TryReadAge(StringValues values, out TimeSpan age)
    {
        age = TimeSpan.Zero;
        foreach (var line in values)
        {
            foreach (var range in line.AsSpan().Split(','))
            {
                if (CacheDirectives.SecondsIn(line.AsSpan()[range].Trim(" \t")) is not { } one) return false;
                if (one > age) age = one;
            }
        }

        return true;
    }

    /// <summary>The earliest date given. False if there is none, or any of them is malformed.</summary>
    private static bool TryReadDate(StringValues lines, out DateTimeOffset date)
    {
        date = DateTimeOffset.MaxValue;
        foreach (var line in lines)
        {
            if (!HeaderUtilities.TryParseDate(line, out var one)) return false;
            if (one < date) date = one;
        }

        return lines.Count > 0;
    }
}
