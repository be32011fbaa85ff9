using BitFaster.Caching.Lru;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Caching.Answers;

/// <summary>Reads <c>Accept-Encoding</c> (RFC 9110, section 12.5.3). Callers send few different ones, again and again.</summary>
internal static class AcceptedCodings
{
    private const int Capacity = 256;

    /// <summary>Longer ones are read anew each time.</summary>
    private const int LongestKept = 128;

    private static readonly ConcurrentLru<string, bool> Known = new(Capacity);

    /// <summary>Whether an answer may be sent in gzip, to a caller who does not name plain bytes as what it would rather have.</summary>
    public static bool HaveGzip(IHeaderDictionary request) => request.AcceptEncoding switch
    {
        [] => false,
        [{ Length: <= LongestKept } one] => Known.GetOrAdd(one, static line => Read(line)),
        var lines => Read(lines),
    };

    private static bool Read(StringValues lines)
    {
        if (!StringWithQualityHeaderValue.TryParseList(lines!, out var codings)) return false;
        double? gzip = null, any = null, plain = null;
        foreach (var coding in codings)
        {
            if (IsGzip(coding.Value)) gzip = coding.Quality ?? 1;
            else if (coding.Value.Equals("*", StringComparison.Ordinal)) any = coding.Quality ?? 1;
            else if (coding.Value.Equals("identity", StringComparison.OrdinalIgnoreCase)) plain = coding.Quality ?? 1;
        }

        return (gzip ?? any ?? 0) is > 0 and var quality && quality >= (plain ?? 0);
    }

    private static bool IsGzip(StringSegment coding) =>
        coding.Equals("gzip", StringComparison.OrdinalIgnoreCase) || coding.Equals("x-gzip", StringComparison.OrdinalIgnoreCase);
}
