using System.Buffers.Binary;
using System.Text;

namespace IslGateway.Caching.Keys;

/// <summary>Reads the canonical bytes that <see cref="CanonicalWriter"/> writes: a token's first byte tells where it ends.</summary>
internal static class CanonicalTokens
{
    /// <summary>The bytes before a body's value.</summary>
    public static int DomainLength(ReadOnlySpan<byte> body) => body[0] is (byte)'S' or (byte)'O' ? 1 : 1 + Content.Digest.Size;

    /// <summary>The length of a token.</summary>
    public static int LengthAt(ReadOnlySpan<byte> body, int at) => body[at] switch
    {
        (byte)'q' => MemberStack.KeyHeader + BinaryPrimitives.ReadInt32LittleEndian(body[(at + 1)..]),
        (byte)'i' => body[at..].IndexOf((byte)';') + 1,
        (byte)'d' => 1 + sizeof(double),
        _ => 1,
    };

    /// <summary>The length of a whole value, an array's or object's contents included.</summary>
    public static int ValueLengthAt(ReadOnlySpan<byte> body, int at)
    {
        var (start, depth) = (at, 0);
        do
        {
            depth += body[at] switch { (byte)'{' or (byte)'[' => 1, (byte)'}' or (byte)']' => -1, _ => 0 };
            at += LengthAt(body, at);
        }
        while (depth > 0);
        return at - start;
    }

    /// <summary>Where the value of an object's member begins; null: there is no object, or no such member in it.</summary>
    public static int? MemberAt(ReadOnlySpan<byte> body, int at, ReadOnlySpan<byte> name)
    {
        if (body[at] != (byte)'{') return null;
        for (at++; body[at] != (byte)'}';)
        {
            var isIt = BytesAt(body, at).SequenceEqual(name);
            at += LengthAt(body, at);
            if (isIt) return at;
            at += ValueLengthAt(body, at);
        }

        return null;
    }

    /// <summary>The UTF-8 of a string.</summary>
    public static ReadOnlySpan<byte> BytesAt(ReadOnlySpan<byte> body, int at) =>
        body.Slice(at + MemberStack.KeyHeader, BinaryPrimitives.ReadInt32LittleEndian(body[(at + 1)..]));

    public static string TextAt(ReadOnlySpan<byte> body, int at) => Encoding.UTF8.GetString(BytesAt(body, at));
}
