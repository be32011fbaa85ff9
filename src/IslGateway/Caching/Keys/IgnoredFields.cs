using System.Buffers.Binary;
using System.Text;
using IslGateway.Content;

namespace IslGateway.Caching.Keys;

/// <summary>
/// JSON pointers to object members that do not count for the key, compiled once per row. The segment <c>*</c> stands for every member and
/// every array element; any other segment names a member, even if it is a number. Array elements themselves are never left out, only
/// members inside them.
/// </summary>
internal sealed class IgnoredFields
{
    private const string Any = "*";

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private IgnoredFields(IgnoredNode root, Digest digest)
    {
        Root = root;
        Digest = digest;
    }

    public IgnoredNode Root { get; }

    /// <summary>
    /// Identifies the set. It is part of the canonical bytes, so that what was stored while a member was ignored is not found once it
    /// counts.
    /// </summary>
    public Digest Digest { get; }

    /// <summary>Compiles unescaped pointers, one array of segments each; null if there are none.</summary>
    public static IgnoredFields? Compile(IReadOnlyList<string[]> pointers)
    {
        if (pointers.Count == 0)
            return null;

        foreach (var pointer in pointers)
        {
            if (pointer.Length is 0 or > CanonicalBody.MaxDepth)
            {
                throw new ArgumentException(
                    $"A pointer has 1 to {CanonicalBody.MaxDepth} segments, not {pointer.Length}.", nameof(pointers));
            }
        }

        return new IgnoredFields(Build([.. pointers.Select(pointer => pointer.AsMemory())]), DigestOf(pointers));
    }

    private static IgnoredNode Build(List<Memory<string>> pointers)
    {
        var open = pointers.Where(pointer => pointer.Length > 0).ToList();
        var anywhere = Below(open, Any);
        var named = open.Select(pointer => pointer.Span[0]).Where(name => name != Any).Distinct(StringComparer.Ordinal)
            .Select(name => (Strict.GetBytes(name), Build([.. Below(open, name), .. anywhere])));
        return new IgnoredNode(open.Count < pointers.Count, [.. named], anywhere.Count == 0 ? null : Build(anywhere));
    }

    private static List<Memory<string>> Below(List<Memory<string>> pointers, string segment) =>
        [.. pointers.Where(pointer => pointer.Span[0] == segment).Select(pointer => pointer[1..])];

    // set = *( int32 segments, *( int32 length, UTF-8 bytes ) ), little-endian
    private static Digest DigestOf(IReadOnlyList<string[]> pointers)
    {
        var bytes = new List<byte>();
        Span<byte> number = stackalloc byte[sizeof(int)];
        foreach (var pointer in pointers)
        {
            BinaryPrimitives.WriteInt32LittleEndian(number, pointer.Length);
            bytes.AddRange(number);
            foreach (var segment in pointer)
            {
                var name = Strict.GetBytes(segment);
                BinaryPrimitives.WriteInt32LittleEndian(number, name.Length);
                bytes.AddRange(number);
                bytes.AddRange(name);
            }
        }

        return Digest.Of([.. bytes]);
    }
}
