using System.Buffers.Binary;
using System.IO.Hashing;

namespace IslGateway.Content;

/// <summary>
/// The header of a gzip member (RFC 1952, section 2.3): <c>1f 8b CM FLG MTIME(4) XFL OS [XLEN(2) FEXTRA] [FNAME 0] [FCOMMENT 0]
/// [CRC16]</c>.
/// </summary>
internal static class GzipHeader
{
    private const int FixedLength = 10;
    private const byte MethodDeflate = 8;
    private const int HeaderCrc = 0x02;
    private const int Extra = 0x04;
    private const int Name = 0x08;
    private const int Comment = 0x10;
    private const int Reserved = 0xE0;

    /// <summary>ID1 and ID2.</summary>
    public static ReadOnlySpan<byte> Magic => [0x1F, 0x8B];

    /// <summary>Reads the header at the start of <paramref name="member"/>; false if it is not complete and valid.</summary>
    public static bool TryRead(ReadOnlySpan<byte> member, out int length)
    {
        length = FixedLength;
        if (member.Length < FixedLength || !member.StartsWith(Magic) || member[2] != MethodDeflate)
            return false;

        var flags = member[3];
        return (flags & Reserved) == 0
            && ((flags & Extra) == 0 || TrySkipExtra(member, ref length))
            && ((flags & Name) == 0 || TrySkipText(member, ref length))
            && ((flags & Comment) == 0 || TrySkipText(member, ref length))
            && ((flags & HeaderCrc) == 0 || TryCheckCrc(member, ref length));
    }

    private static bool TrySkipExtra(ReadOnlySpan<byte> member, ref int length)
    {
        if (!BinaryPrimitives.TryReadUInt16LittleEndian(member[length..], out var extra))
            return false;

        length += sizeof(ushort) + extra;
        return length <= member.Length;
    }

    private static bool TrySkipText(ReadOnlySpan<byte> member, ref int length)
    {
        var end = member[length..].IndexOf((byte)0);
        length += end + 1;
        return end >= 0;
    }

    private static bool TryCheckCrc(ReadOnlySpan<byte> member, ref int length)
    {
        var covered = member[..length];
        if (!BinaryPrimitives.TryReadUInt16LittleEndian(member[length..], out var crc))
            return false;

        length += sizeof(ushort);
        return crc == (ushort)Crc32.HashToUInt32(covered);
    }
}
