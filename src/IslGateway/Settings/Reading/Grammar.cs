using System.Text.RegularExpressions;

namespace IslGateway.Settings.Reading;

/// <summary>The notations that rules ask for.</summary>
internal static partial class Grammar
{
    public static bool IsPrefix(string text) => Prefix().IsMatch(text);

    public static bool IsRowName(string text) => RowName().IsMatch(text);

    /// <summary>A header or method name: a token of RFC 9110, section 5.6.2.</summary>
    public static bool IsToken(string text) => Token().IsMatch(text);

    /// <summary>What can stand after <c>Bearer</c>: visible ASCII.</summary>
    public static bool IsApiKey(string text) => ApiKey().IsMatch(text);

    /// <summary>A path as it stands on a request line: from its slash on, in visible ASCII, without query or fragment.</summary>
    public static bool IsRawPath(string text) => RawPath().IsMatch(text);

    [GeneratedRegex(@"^[A-Za-z0-9_.-]{1,64}\z")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"^[A-Z][A-Za-z0-9]{0,63}\z")]
    private static partial Regex RowName();

    [GeneratedRegex(@"^[!#$%&'*+.^_`|~0-9A-Za-z-]+\z")]
    private static partial Regex Token();

    [GeneratedRegex(@"^[!-~]{1,512}\z")]
    private static partial Regex ApiKey();

    [GeneratedRegex(@"^/[!-~-[?#]]*\z")]
    private static partial Regex RawPath();
}
