using System.Text;

namespace IslGateway.Edge;

/// <summary>
/// Reads <c>Content-Length</c> as RFC 9110, section 8.6, has it: digits. Any other byte becomes a letter, which makes Kestrel refuse the
/// request. Kestrel by itself takes signs and white space, which other readers do not.
/// </summary>
internal sealed class DigitsEncoding : Encoding
{
    public static DigitsEncoding Instance { get; } = new();

    public override int GetByteCount(char[] chars, int index, int count) => Latin1.GetByteCount(chars, index, count);

    public override int GetBytes(char[] chars, int charIndex, int charCount, byte[] bytes, int byteIndex) =>
        Latin1.GetBytes(chars, charIndex, charCount, bytes, byteIndex);

    public override int GetCharCount(byte[] bytes, int index, int count) => count;

    public override int GetChars(byte[] bytes, int byteIndex, int byteCount, char[] chars, int charIndex)
    {
        for (var i = 0; i < byteCount; i++) chars[charIndex + i] = bytes[byteIndex + i] is >= (byte)'0' and <= (byte)'9' and var digit ? (char)digit : 'x';
        return byteCount;
    }

    public override int GetMaxByteCount(int charCount) => charCount;

    public override int GetMaxCharCount(int byteCount) => byteCount;
}
