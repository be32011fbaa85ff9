using System.Buffers.Binary;
using IslGateway.Content;

namespace IslGateway.Redis;

/// <summary>A token as it stands in Redis.</summary>
/// <param name="Token">32 random bytes.</param>
/// <param name="Stamp">Microseconds since 1970 by Redis's clock when it was made. The newest counts.</param>
/// <param name="Server">The digest of the run id of the server under which somebody vouched that it is the newest.</param>
internal readonly record struct TokenRecord(Digest Token, long Stamp, Digest Server)
{
    private const int Size = Digest.Size + sizeof(long) + Digest.Size;

    /// <summary>The content of a <see cref="RedisRecord"/>: token, stamp (64 bits, little endian), server.</summary>
    public byte[] Encode()
    {
        var content = new byte[Size];
        Token.CopyTo(content);
        BinaryPrimitives.WriteInt64LittleEndian(content.AsSpan(Digest.Size), Stamp);
        Server.CopyTo(content.AsSpan(Digest.Size + sizeof(long)));
        return content;
    }

    public static TokenRecord? Decode(ReadOnlySpan<byte> content) => content.Length != Size ? null : new TokenRecord(
        Digest.FromBytes(content[..Digest.Size]), BinaryPrimitives.ReadInt64LittleEndian(content[Digest.Size..]),
        Digest.FromBytes(content[(Digest.Size + sizeof(long))..]));
}
