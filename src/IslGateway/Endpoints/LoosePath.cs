using System.Globalization;

namespace IslGateway.Endpoints;

/// <summary>
/// A path as a lenient server may read it: escapes decoded until none is left, backslashes as slashes, empty and dot segments resolved,
/// lower case, blanks around a segment dropped. Servers differ in what <c>#</c>, <c>?</c> and <c>;</c> mean in a decoded path, so there are
/// several readings.
/// </summary>
internal static class LoosePath
{
    /// <summary>Every reading of a raw path, split into segments.</summary>
    public static IEnumerable<string[]> Readings(string rawPath)
    {
        var path = Decode(rawPath);
        yield return Segments(path);
        yield return Segments(Cut(path, "#?\0"));
        yield return Segments(Cut(path, "#?;\0"));
    }

    /// <summary>
    /// Whether the segments fit a pattern, where null stands for one or more free segments, since an escaped slash may have split one.
    /// </summary>
    public static bool Fits(ReadOnlySpan<string?> pattern, ReadOnlySpan<string> segments)
    {
        if (pattern.IsEmpty || segments.IsEmpty) return pattern.IsEmpty && segments.IsEmpty;
        if (pattern[0] is { } literal) return literal == segments[0] && Fits(pattern[1..], segments[1..]);
        return Fits(pattern[1..], segments[1..]) || Fits(pattern, segments[1..]);
    }

    /// <summary>
    /// Decodes escapes in one pass, including those that appear only by decoding (a decoded character may complete the escape before it).
    /// </summary>
    private static string Decode(string path)
    {
        var text = new char[path.Length];
        var length = 0;
        foreach (var c in path)
        {
            text[length++] = c;
            while (length >= 3
                && text[length - 3] == '%'
                && char.IsAsciiHexDigit(text[length - 2])
                && char.IsAsciiHexDigit(text[length - 1]))
            {
                text[length - 3] = (char)byte.Parse(
                    text.AsSpan(length - 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
                length -= 2;
            }
        }

        return new string(text, 0, length).ToLowerInvariant().Replace('\\', '/');
    }

    private static string Cut(string path, string at) => path.AsSpan().IndexOfAny(at) is var end and >= 0 ? path[..end] : path;

    private static string[] Segments(string path)
    {
        var segments = new List<string>();
        foreach (var part in path.Split('/'))
        {
            var segment = Trim(Cut(part, ";"));
            if (segment is "..") segments.RemoveRange(Math.Max(0, segments.Count - 1), Math.Min(1, segments.Count));
            else if (segment is not ("" or ".")) segments.Add(segment);
        }

        return [.. segments];
    }

    /// <summary>Drops blanks and control characters at both ends: for Python's <c>$</c> a line may end before its line feed.</summary>
    private static string Trim(string segment)
    {
        var (start, end) = (0, segment.Length);
        while (start < end && IsBlank(segment[start])) start++;
        while (end > start && IsBlank(segment[end - 1])) end--;
        return segment[start..end];
    }

    private static bool IsBlank(char c) => c is <= ' ' or '\u007f';
}
