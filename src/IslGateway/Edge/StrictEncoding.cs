using System.Buffers;
using System.Text;

namespace IslGateway.Edge;

/// <summary>
/// Decodes a request header's value for Kestrel, and refuses the request if the value holds a byte that is not allowed. Only here is the
/// value seen as it came: Kestrel keeps a <c>Content-Length</c> as a number, and also accepts <c>+5</c>.
/// </summary>
internal sealed class StrictEncoding : Encoding
{
    private readonly SearchValues<byte> _allowed;

    private StrictEncoding(SearchValues<byte> allowed) => _allowed = allowed;

    /// <summary>Digits alone (RFC 9110, section 8.6).</summary>
    public static StrictEncoding Digits { get; } = new(SearchValues.Create("0123456789"u8));

    /// <summary>No character at all.</summary>
    public static StrictEncoding Nothing { get; } = new(SearchValues.Create(ReadOnlySpan<byte>.Empty));

    public override int GetChars(ReadOnlySpan<byte> bytes, Span<char> chars)
    {
        // Kestrel answers this exception with 400.
        if (bytes.Length > chars.Length || bytes.ContainsAnyExcept(_allowed))
            throw new InvalidOperationException("The header's value is malformed.");
        return Latin1.GetChars(bytes, chars);
    }

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex) =>
        GetChars(bytes.AsSpan(byteIndex, byteCount), chars.AsSpan(charIndex));

    public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetCharCount(byte[] bytes, int index, int count) => count;

    public override int GetMaxByteCount(int charCount) => charCount;

    public override int GetMaxCharCount(int byteCount) => byteCount;
}
