using System.Security.Cryptography;
using System.Text;

namespace IslGateway.Redis.Sealing;

/// <summary>
/// A value that nobody without the key can read, make, alter, or put under another name.
/// </summary>
/// <remarks>
/// <code>
/// sealed     = "ISLS" version keyid time salt ciphertext tag
/// version    = %x01                  ; of this format
/// keyid      = 8 OCTET               ; which of the keys: an HKDF of it
/// time       = int64                 ; when the content was true: milliseconds since 1970, little-endian
/// salt       = 32 OCTET              ; random
/// ciphertext = *OCTET                ; AES-256-GCM under HKDF(key, salt), nonce 0, of the content
/// tag        = 16 OCTET              ; over the ciphertext and, as associated data, all before it and the name in Redis
/// </code>
/// Each value has a key of its own, so one nonce will do for all: GCM breaks where one key meets the same nonce twice, and here that takes
/// two equal salts. Of 2^32 values under one configured key a pair has them with a probability below 2^64 / 2^257; with random nonces of 96
/// bits under the key itself it would be 2^-33. Nor does the amount of data matter: no key encrypts more than one entry.
/// <para>
/// Lengths, names and lives stay visible, and an older value of the same name may be put back: it is as old then as it is.
/// </para>
/// </remarks>
internal static class SealedValue
{
    public const byte Version = 1;

    /// <summary>Bytes before the content.</summary>
    public const int HeadSize = SaltAt + SealingKey.SaltSize;

    /// <summary>Bytes after it.</summary>
    public const int TagSize = 16;

    private const int VersionAt = 4;
    private const int IdAt = VersionAt + 1;
    private const int TimeAt = IdAt + SealingKey.IdSize;
    private const int SaltAt = TimeAt + SealTime.Size;
    private const int AesKeySize = 32;

    private static ReadOnlySpan<byte> Magic => "ISLS"u8;

    private static ReadOnlySpan<byte> Nonce => [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    /// <summary>Whether the bytes are, or may be, sealed in this or another version.</summary>
    public static bool IsSealed(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Magic);

    /// <summary>Seals in place.</summary>
    /// <param name="key">The key.</param>
    /// <param name="name">The name in Redis that the value is for.</param>
    /// <param name="at">When the content was true.</param>
    /// <param name="value">The content, with <see cref="HeadSize"/> bytes of room before it and <see cref="TagSize"/> after it.</param>
    public static void Seal(SealingKey key, string name, DateTimeOffset at, Span<byte> value)
    {
        var head = value[..HeadSize];
        var content = value[HeadSize..^TagSize];
        Magic.CopyTo(head);
        head[VersionAt] = Version;
        key.Id.CopyTo(head[IdAt..]);
        SealTime.Write(head[TimeAt..], at);
        RandomNumberGenerator.Fill(head[SaltAt..]);
        using var cipher = CipherOf(key, head);
        cipher.Encrypt(Nonce, content, content, value[^TagSize..], Bound(head, name));
    }

    /// <summary>Opens in place. False, never an exception, for any bytes; they are of no use then.</summary>
    /// <param name="keys">The keys.</param>
    /// <param name="name">The name in Redis under which the value stood.</param>
    /// <param name="value">The value; afterwards the content is where its ciphertext was.</param>
    /// <param name="now">The time by the wall clock.</param>
    /// <param name="content">What was sealed, within the value.</param>
    /// <param name="leastAge">How old it is at the least.</param>
    public static SealVerdict Open(
        SealingKeyRing keys, string name, Span<byte> value, DateTimeOffset now, out Span<byte> content, out TimeSpan leastAge)
    {
        content = [];
        leastAge = TimeSpan.MaxValue;
        if (!IsSealed(value)) return SealVerdict.Unsealed;
        if (value.Length < HeadSize + TagSize || value[VersionAt] != Version) return SealVerdict.Altered;
        var head = value[..HeadSize];
        var cipherText = value[HeadSize..^TagSize];
        if (keys.Find(head.Slice(IdAt, SealingKey.IdSize)) is not { } key) return SealVerdict.UnknownKey;
        try
        {
            using var cipher = CipherOf(key, head);
            cipher.Decrypt(Nonce, cipherText, value[^TagSize..], cipherText, Bound(head, name));
        }
        catch (AuthenticationTagMismatchException)
        {
            return SealVerdict.Altered;
        }

        content = cipherText;
        leastAge = SealTime.LeastAge(head[TimeAt..], now);
        return SealVerdict.Opened;
    }

    private static AesGcm CipherOf(SealingKey key, ReadOnlySpan<byte> head)
    {
        Span<byte> own = stackalloc byte[AesKeySize];
        key.Derive(head[SaltAt..], own);
        var cipher = new AesGcm(own, TagSize);
        CryptographicOperations.ZeroMemory(own);
        return cipher;
    }

    private static byte[] Bound(ReadOnlySpan<byte> head, string name)
    {
        var bound = new byte[head.Length + Encoding.UTF8.GetByteCount(name)];
        head.CopyTo(bound);
        Encoding.UTF8.GetBytes(name, bound.AsSpan(head.Length));
        return bound;
    }
}
