using System.Text.RegularExpressions;

namespace IslGateway.Settings.Reading;

/// <summary>
/// A list in one value: entries separated by commas. A comma between double quotes does not separate, so that a condition such as <c>/error
/// contains "no, thanks"</c> stays whole.
/// </summary>
internal static partial class ListText
{
    public static IEnumerable<string> Split(string text) =>
        Entry().Matches(text).Select(match => match.Value.Trim()).Where(entry => entry.Length > 0);

    [GeneratedRegex("""(?:[^,"]|"(?:[^"\\]|\\.)*"|")+""")]
    private static partial Regex Entry();
}
