using IslGateway.Endpoints;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching.Answers;

/// <summary>
/// What an answer says of its own freshness (RFC 9111, section 4.2; RFC 5861), for a cache that rather asks once too often: the smaller
/// of what it says twice, and not stored at all where it makes no sense. It can shorten what its row gives it, never lengthen it.
/// </summary>
/// <param name="MayBeStored">Whether any time is left, and nothing forbids it.</param>
/// <param name="Limit">The longest it may live from now on; as good as for ever where it says nothing.</param>
/// <param name="Age">How old it is already.</param>
internal readonly record struct AnswerFreshness(bool MayBeStored, Lifetime Limit, TimeSpan Age)
{
    /// <summary><c>Date</c> has whole seconds: an answer of this very moment may seem so old.</summary>
    private const int DateResolution = 1;

    private static AnswerFreshness Never => default;

    /// <summary>Reads the words of an answer that is complete now.</summary>
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
            // RFC 9111, section 5.4: all that an HTTP/1.0 server can say.
            var isOld = headers.CacheControl.Count == 0
                && headers.Pragma.ToString().Contains("no-cache", StringComparison.OrdinalIgnoreCase);
            return isOld ? Never : new AnswerFreshness(true, new Lifetime(TimeSpan.MaxValue, stale), age);
        }

        // By ISL's clock and this one's, as the RFC has it: there is nothing else to tell how long a cache without Age has kept it.
        if (headers.Date.Count > 0)
        {
            if (!TryReadDate(headers.Date, out var date)) return Never;
            var byDate = TimeSpan.FromSeconds(Math.Max(0, Math.Floor((now - date).TotalSeconds) - DateResolution));
            if (byDate > age) age = byDate;
        }

        return lifetime > age ? new AnswerFreshness(true, new Lifetime(lifetime.Value - age, stale), age) : Never;
    }

    /// <summary>The largest of several; zero where it says none. False: one of them is no age.</summary>
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

    /// <summary>The earliest of several. False: one of them is no date, or there is none.</summary>
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
