using System.IO.Hashing;
using System.Text;

namespace IslGateway.Redis;

/// <summary>
/// A small record in Redis: its content, then the XXH128 of the record's own name and that content, so that a value under a wrong name, cut
/// or altered, is none. The checksum is against accidents; it is no signature.
/// </summary>
internal static class RedisRecord
{
    private const int ChecksumSize = 16;

    public static byte[] Encode(string name, ReadOnlySpan<byte> content)
    {
        var record = new byte[content.Length + ChecksumSize];
        content.CopyTo(record);
        Checksum(name, content, record.AsSpan(content.Length));
        return record;
    }

    /// <summary>The content, if these bytes are a whole record of that name.</summary>
    public static bool TryDecode(string name, ReadOnlySpan<byte> record, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (record.Length < ChecksumSize) return false;
        Span<byte> checksum = stackalloc byte[ChecksumSize];
        Checksum(name, record[..^ChecksumSize], checksum);
        if (!checksum.SequenceEqual(record[^ChecksumSize..])) return false;
        content = record[..^ChecksumSize];
        return true;
    }

    private static void Checksum(string name, ReadOnlySpan<byte> content, Span<byte> destination)
    {
        var hash = new XxHash128();
        hash.Append(Encoding.UTF8.GetBytes(name));
        hash.Append("\0"u8);
        hash.Append(content);
        hash.GetCurrentHash(destination);
    }
}
