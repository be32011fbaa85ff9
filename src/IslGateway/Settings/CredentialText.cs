using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>
/// The notation of a credential in the settings: <c>Header: value</c> with one of <c>Credentials:Headers</c>, else the value of
/// <c>X-API-Key</c>, or of the first of those headers where that is none of them.
/// </summary>
internal static class CredentialText
{
    private const string KeyHeader = "X-API-Key";
    private const int Longest = 8_192;

    /// <summary>The header and its value; false if the value cannot be sent.</summary>
    public static bool TryParse(string text, string[] headers, out string header, out string value)
    {
        var colon = text.IndexOf(':', StringComparison.Ordinal);
        var named = colon < 0 ? null : Array.Find(headers, name => text.AsSpan(0, colon).Equals(name, StringComparison.OrdinalIgnoreCase));
        header = named ?? Array.Find(headers, name => name.Equals(KeyHeader, StringComparison.OrdinalIgnoreCase))
            ?? headers.FirstOrDefault(KeyHeader);
        value = (named is null ? text : text[(colon + 1)..]).Trim();
        return Grammar.IsToken(header) && value.Length is > 0 and <= Longest && !value.AsSpan().ContainsAnyExceptInRange(' ', '~');
    }
}
