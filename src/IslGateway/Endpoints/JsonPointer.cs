using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace IslGateway.Endpoints;

/// <summary>
/// A place in a JSON document: RFC 6901 with one extension, a segment <c>*</c> that stands for every element of an array and every member
/// of an object. (So a member named <c>*</c> cannot be pointed at alone.)
/// <code>pointer = *( "/" segment )   segment = "*" / *( unescaped / "~0" / "~1" )</code>
/// </summary>
internal sealed class JsonPointer
{
    private JsonPointer(string text, string[] segments)
    {
        Text = text;
        Segments = segments;
        Utf8Segments = [.. segments.Select(Encoding.UTF8.GetBytes)];
    }

    /// <summary>The segment that stands for every element or member.</summary>
    public const string Wildcard = "*";

    /// <summary>The pointer as written.</summary>
    public string Text { get; }

    /// <summary>The segments with their escapes decoded.</summary>
    public IReadOnlyList<string> Segments { get; }

    /// <summary>The segments in the encoding of the documents that they are compared with.</summary>
    public byte[][] Utf8Segments { get; }

    public static bool TryParse(string text, [NotNullWhen(true)] out JsonPointer? pointer, [NotNullWhen(false)] out string? error)
    {
        pointer = null;
        error = Fault(text);
        if (error is null)
        {
            var segments = text.Length == 0 ? [] : text[1..].Split('/');
            pointer = new JsonPointer(text, [.. segments.Select(Unescape)]);
        }

        return pointer is not null;
    }

    /// <exception cref="FormatException">The text is not a pointer.</exception>
    public static JsonPointer Parse(string text) =>
        TryParse(text, out var pointer, out var error) ? pointer : throw new FormatException(error);

    public override string ToString() => Text;

    private static string? Fault(string text)
    {
        if (text.Length > 0 && text[0] != '/')
        {
            return "a JSON pointer starts with '/'";
        }

        for (var at = text.IndexOf('~', StringComparison.Ordinal); at >= 0; at = text.IndexOf('~', at + 1))
        {
            if (at + 1 == text.Length || text[at + 1] is not ('0' or '1'))
            {
                return "in a JSON pointer '~' is written ~0 and '/' is written ~1";
            }
        }

        return null;
    }

    private static string Unescape(string segment) =>
        segment.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal);
}
