using System.Buffers;
using IslGateway.Settings.Reading;

namespace IslGateway.Caching.Answers;

/// <summary>
/// Which header lines can be written to a caller. The server throws on any other when the answer starts, which is too late to choose
/// another.
/// </summary>
internal static class FieldText
{
    /// <summary>Latin-1 without the control characters below 0x80, except the tab.</summary>
    private static readonly SearchValues<char> ValueCharacters =
        SearchValues.Create([.. Enumerable.Range(0, 256).Select(c => (char)c).Where(c => c is '\t' or (>= ' ' and not '\u007f'))]);

    /// <summary>Whether every line can be written.</summary>
    public static bool IsWritable(IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        foreach (var (name, value) in headers)
        {
            if (!IsWritable(name, value)) return false;
        }

        return true;
    }

    /// <inheritdoc cref="IsWritable(IReadOnlyList{KeyValuePair{string, string}})"/>
    public static bool IsWritable(IHeaderDictionary headers)
    {
        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
            {
                if (!IsWritable(name, value ?? "")) return false;
            }
        }

        return true;
    }

    /// <summary>Whether a line can be written.</summary>
    public static bool IsWritable(string name, string value) =>
        Grammar.IsToken(name) && !value.AsSpan().ContainsAnyExcept(ValueCharacters);
}
