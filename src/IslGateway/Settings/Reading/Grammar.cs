using System.Buffers;
using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace IslGateway.Settings.Reading;

/// <summary>The notations of settings.</summary>
internal static partial class Grammar
{
    /// <summary>The characters of a token (RFC 9110, section 5.6.2).</summary>
    public static readonly SearchValues<char> TokenCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly FrozenSet<string> OneHop = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "Connection", "Keep-Alive", "Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "Expect", "Content-Length",
        "Content-Encoding");

    public static bool IsPrefix(string text) => Prefix().IsMatch(text);

    public static bool IsRowName(string text) => RowName().IsMatch(text);

    /// <summary>Whether a text can be the name of a header or method.</summary>
    public static bool IsToken(ReadOnlySpan<char> text) => !text.IsEmpty && !text.ContainsAnyExcept(TokenCharacters);

    /// <summary>What is wrong with the name of a header of which ISL has to get the caller's own; null: nothing.</summary>
    public static string? FaultOfHeader(string name) => !IsToken(name) ? "is no header name"
        : OneHop.Contains(name) ? "is for one hop or frames the body: ISL does not get the caller's"
        : null;

    /// <summary>What may follow <c>Bearer</c>: visible ASCII.</summary>
    public static bool IsApiKey(string text) => ApiKey().IsMatch(text);

    /// <summary>A path as on a request line: it begins with a slash and is visible ASCII, without query or fragment.</summary>
    public static bool IsRawPath(string text) => RawPath().IsMatch(text);

    [GeneratedRegex(@"^[A-Za-z0-9_.-]{1,64}\z")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"^[A-Z][A-Za-z0-9]{0,63}\z")]
    private static partial Regex RowName();

    [GeneratedRegex(@"^[!-~]{1,512}\z")]
    private static partial Regex ApiKey();

    [GeneratedRegex(@"^/[!-~-[?#]]*\z")]
    private static partial Regex RawPath();
}
