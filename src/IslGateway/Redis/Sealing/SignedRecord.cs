using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace IslGateway.Redis.Sealing;

/// <summary>
/// A <see cref="RedisRecord"/> that nobody without the key can make, alter, or put under another name, and that everybody can read: what it
/// says is no secret, and gateways that have no keys yet, or not this one, share it with those that have.
/// </summary>
/// <remarks>
/// <code>
/// signed    = record "ISLR" version keyid time signature
/// version   = %x01                  ; of this format
/// keyid     = 8 OCTET               ; which of the keys: an HKDF of it
/// time      = int64                 ; when the content was true: milliseconds since 1970, little-endian
/// signature = 32 OCTET              ; HMAC-SHA256 under an HKDF of the key: of the length of the record's name in Redis (int32,
///                                   ; little-endian), the name, and all before the signature
/// </code>
/// </remarks>
internal static class SignedRecord
{
    public const byte Version = 1;

    private const int VersionAt = 4;
    private const int IdAt = VersionAt + 1;
    private const int TimeAt = IdAt + SealingKey.IdSize;
    private const int SignatureAt = TimeAt + SealTime.Size;
    private const int SealSize = SignatureAt + SealingKey.SignatureSize;

    private static ReadOnlySpan<byte> Magic => "ISLR"u8;

    public static byte[] Sign(SealingKey key, string name, DateTimeOffset at, ReadOnlySpan<byte> record)
    {
        var signed = new byte[record.Length + SealSize];
        record.CopyTo(signed);
        var seal = signed.AsSpan(record.Length);
        Magic.CopyTo(seal);
        seal[VersionAt] = Version;
        key.Id.CopyTo(seal[IdAt..]);
        SealTime.Write(seal[TimeAt..], at);
        key.Sign(Bound(name, signed.AsSpan(0, record.Length + SignatureAt)), seal[SignatureAt..]);
        return signed;
    }

    /// <summary>Tells a record from its signature, and whether that holds. Never an exception.</summary>
    /// <param name="keys">The keys; null: there are none, and nothing is opened.</param>
    /// <param name="name">The name in Redis under which the bytes stood.</param>
    /// <param name="bytes">A record, signed or not.</param>
    /// <param name="now">The time by the wall clock.</param>
    /// <param name="record">The record without its signature, whatever became of that.</param>
    /// <param name="leastAge">How old it is at the least, where it was opened.</param>
    public static SealVerdict Verify(
        SealingKeyRing? keys, string name, ReadOnlySpan<byte> bytes, DateTimeOffset now, out ReadOnlySpan<byte> record,
        out TimeSpan leastAge)
    {
        record = bytes;
        leastAge = TimeSpan.Zero;
        if (bytes.Length < SealSize) return SealVerdict.Unsealed;
        var seal = bytes[^SealSize..];
        if (!seal.StartsWith(Magic) || seal[VersionAt] != Version) return SealVerdict.Unsealed;
        record = bytes[..^SealSize];
        if (keys is null) return SealVerdict.Unsealed;
        if (keys.Find(seal.Slice(IdAt, SealingKey.IdSize)) is not { } key) return SealVerdict.UnknownKey;
        Span<byte> signature = stackalloc byte[SealingKey.SignatureSize];
        key.Sign(Bound(name, bytes[..^SealingKey.SignatureSize]), signature);
        if (!CryptographicOperations.FixedTimeEquals(signature, seal[SignatureAt..])) return SealVerdict.Altered;
        leastAge = SealTime.LeastAge(seal[TimeAt..], now);
        return SealVerdict.Opened;
    }

    private static byte[] Bound(string name, ReadOnlySpan<byte> signed)
    {
        var length = Encoding.UTF8.GetByteCount(name);
        var bound = new byte[sizeof(int) + length + signed.Length];
        BinaryPrimitives.WriteInt32LittleEndian(bound, length);
        Encoding.UTF8.GetBytes(name, bound.AsSpan(sizeof(int)));
        signed.CopyTo(bound.AsSpan(sizeof(int) + length));
        return bound;
    }
}
