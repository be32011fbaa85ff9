namespace IslSimulator.Calls;

/// <summary>One call as received.</summary>
/// <param name="Method">The HTTP method.</param>
/// <param name="Target">The raw request target, query and escapes as sent.</param>
/// <param name="Path">The decoded path.</param>
/// <param name="Headers">Every header line, in the order received.</param>
/// <param name="BodySize">Bytes of the body on the wire.</param>
/// <param name="BodySha256">Lower-case hex over the bytes on the wire.</param>
/// <param name="BodyText">At most the first 4 KiB, as UTF-8.</param>
public sealed record CallRecord(
    string Method,
    string Target,
    string Path,
    IReadOnlyList<KeyValuePair<string, string>> Headers,
    long BodySize,
    string BodySha256,
    string BodyText)
{
    /// <summary>The first value of a header, or null.</summary>
    public string? Header(string name)
    {
        foreach (var (key, value) in Headers)
        {
            if (string.Equals(key, name, StringComparison.OrdinalIgnoreCase)) return value;
        }

        return null;
    }
}
