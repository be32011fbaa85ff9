using Microsoft.Extensions.Primitives;

namespace IslGateway.Content;

/// <summary>Reads <c>Content-Encoding</c>: <c>[ coding *( OWS "," OWS coding ) ]</c>, in one header line or several.</summary>
internal static class ContentCodings
{
    /// <summary>
    /// Reads the one coding of a body. Empty list elements (RFC 9110, section 5.6.1) and <c>identity</c> do not count. False if a coding is
    /// unknown or there is a second one: the answer is 415.
    /// </summary>
    public static bool TryParse(StringValues contentEncoding, out ContentCoding coding)
    {
        coding = ContentCoding.None;
        foreach (var line in contentEncoding)
        {
            var elements = line.AsSpan();
            foreach (var range in elements.Split(','))
            {
                if (!TryParseElement(elements[range].Trim(" \t"), out var element))
                    return false;

                if (element == ContentCoding.None)
                    continue;

                if (coding != ContentCoding.None)
                    return false;

                coding = element;
            }
        }

        return true;
    }

    /// <summary>Whether the header is present but names no coding (<c>identity</c>, or nothing).</summary>
    public static bool NamesNone(StringValues contentEncoding) =>
        contentEncoding.Count > 0 && TryParse(contentEncoding, out var coding) && coding == ContentCoding.None;

    private static bool TryParseElement(ReadOnlySpan<char> element, out ContentCoding coding)
    {
        (var known, coding) = element switch
        {
            [] => (true, ContentCoding.None),
            _ when Is(element, "identity") => (true, ContentCoding.None),
            _ when Is(element, "gzip") || Is(element, "x-gzip") => (true, ContentCoding.Gzip),
            _ when Is(element, "deflate") => (true, ContentCoding.Deflate),
            _ when Is(element, "br") => (true, ContentCoding.Brotli),
            _ => (false, ContentCoding.None),
        };
        return known;
    }

    private static bool Is(ReadOnlySpan<char> element, string name) => element.Equals(name, StringComparison.OrdinalIgnoreCase);
}
