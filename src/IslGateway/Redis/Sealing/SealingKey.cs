using System.Security.Cryptography;
using IslGateway.Settings;

namespace IslGateway.Redis.Sealing;

/// <summary>
/// One of <c>Cache:EncryptionKeys</c>. The key itself encrypts nothing: all that does comes from it by HKDF-SHA256 (RFC 5869), for each
/// purpose under a label of its own.
/// </summary>
internal sealed class SealingKey
{
    /// <summary>Bytes that tell one key from another, and nothing about it.</summary>
    public const int IdSize = 8;

    /// <summary>Bytes of a salt of <see cref="Derive"/>.</summary>
    public const int SaltSize = 32;

    /// <summary>Bytes of a signature.</summary>
    public const int SignatureSize = HMACSHA256.HashSizeInBytes;

    private readonly byte[] _secret;
    private readonly byte[] _id = new byte[IdSize];
    private readonly byte[] _signing = new byte[HMACSHA256.HashSizeInBytes];

    /// <param name="secret">256 bits.</param>
    public SealingKey(byte[] secret)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(secret.Length, EncryptionKeyRules.KeySize, nameof(secret));
        _secret = secret;
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, _id, salt: [], "islgateway 1 key id"u8);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, secret, _signing, salt: [], "islgateway 1 record"u8);
    }

    /// <summary>Stands in clear text beside what the key has sealed.</summary>
    public ReadOnlySpan<byte> Id => _id;

    /// <summary>The key of one sealed value.</summary>
    /// <param name="salt">Random, and of this value alone.</param>
    /// <param name="key">Receives 256 bits.</param>
    public void Derive(ReadOnlySpan<byte> salt, Span<byte> key) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, _secret, key, salt, "islgateway 1 value"u8);

    /// <summary>HMAC-SHA256 of what is not secret and must not be forged.</summary>
    public void Sign(ReadOnlySpan<byte> content, Span<byte> signature) => HMACSHA256.HashData(_signing, content, signature);
}
