using System.Runtime.InteropServices;
using System.Security.Cryptography;
using IslGateway.Upstream;

namespace IslGateway.Caching.Credentials;

/// <summary>
/// Remembers the digests of the credentials that callers last sent, so that a request with a known one is not hashed for it. A caller's
/// value is compared in constant time.
/// </summary>
internal sealed class CredentialMemo
{
    /// <summary>The most credentials remembered: more than one gateway usually has callers. Another in the same place takes it.</summary>
    private const int Places = 64;

    /// <summary>The longest credential remembered, in characters. Keys have some tens, tokens some hundreds.</summary>
    private const int MaxLength = 2_048;

    private readonly Known?[] _known = new Known?[Places];

    /// <summary>What <see cref="CredentialReader.Of"/> says of the same.</summary>
    public Credential Of(IHeaderDictionary headers, string[] names, byte[] secret)
    {
        if (OnlyValueIn(headers, names, out var name) is not { Length: <= MaxLength } value)
            return CredentialReader.Of(headers, names, secret);
        ref var place = ref _known[(uint)value.GetHashCode() % Places];
        if (Volatile.Read(ref place) is { } known && known.IsOf(name, value, secret)) return known.Credential;
        var credential = CredentialReader.Of(headers, names, secret);
        Volatile.Write(ref place, new Known(name, value, secret, credential));
        return credential;
    }

    /// <summary>The credentials that are remembered, as digests under the secret; and the one of callers that send none.</summary>
    public IReadOnlyList<Credential> Remembered(byte[] secret) =>
    [
        CredentialReader.Of(new HeaderDictionary(), [], secret),
        .. _known.OfType<Known>().Where(known => known.IsUnder(secret)).Select(known => known.Credential),
    ];

    /// <summary>The value of the only credential header that the request has; null if it has none, several, or several values.</summary>
    private static string? OnlyValueIn(IHeaderDictionary headers, string[] names, out string name)
    {
        (name, string? only) = ("", null);
        foreach (var candidate in names)
        {
            if (!headers.TryGetValue(candidate, out var values)) continue;
            if (only is not null || values is not [{ } value]) return null;
            (name, only) = (candidate, value);
        }

        return only;
    }

    private sealed record Known(string Name, string Value, byte[] Secret, Credential Credential)
    {
        public bool IsUnder(byte[] secret) => ReferenceEquals(secret, Secret);

        public bool IsOf(string name, string value, byte[] secret) =>
            IsUnder(secret)
            && string.Equals(name, Name, StringComparison.OrdinalIgnoreCase)
            && CryptographicOperations.FixedTimeEquals(
                MemoryMarshal.AsBytes(value.AsSpan()), MemoryMarshal.AsBytes(Value.AsSpan()));
    }
}
