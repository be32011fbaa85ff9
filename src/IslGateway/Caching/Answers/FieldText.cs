using System.Buffers;

namespace IslGateway.Caching.Answers;

/// <summary>Which header lines can be written to a caller: the server throws on any other, after all else has been decided.</summary>
internal static class FieldText
{
    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Latin-1 without its control characters below 0x80, the tab excepted.</summary>
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
        name.Length > 0 && !name.AsSpan().ContainsAnyExcept(NameCharacters) && !value.AsSpan().ContainsAnyExcept(ValueCharacters);
}
