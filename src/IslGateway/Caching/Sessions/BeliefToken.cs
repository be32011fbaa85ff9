using System.IO.Hashing;
using System.Text;
using IslGateway.Caching.Keys;

namespace IslGateway.Caching.Sessions;

/// <summary>
/// A token's record in Redis: 32 random bytes, then the XXH128 of the record's own key name and those bytes, so that a value under a wrong
/// name, cut or altered, is none.
/// </summary>
internal static class BeliefToken
{
    private const int ChecksumSize = 16;

    public static byte[] Encode(string name, Digest token)
    {
        var record = new byte[Digest.Size + ChecksumSize];
        token.CopyTo(record);
        Checksum(name, record.AsSpan(0, Digest.Size), record.AsSpan(Digest.Size));
        return record;
    }

    public static Digest? Decode(string name, ReadOnlySpan<byte> record)
    {
        if (record.Length != Digest.Size + ChecksumSize) return null;
        Span<byte> checksum = stackalloc byte[ChecksumSize];
        Checksum(name, record[..Digest.Size], checksum);
        return checksum.SequenceEqual(record[Digest.Size..]) ? Digest.FromBytes(record[..Digest.Size]) : null;
    }

    private static void Checksum(string name, ReadOnlySpan<byte> token, Span<byte> destination)
    {
        var hash = new XxHash128();
        hash.Append(Encoding.UTF8.GetBytes(name));
        hash.Append(token);
        hash.GetCurrentHash(destination);
    }
}
