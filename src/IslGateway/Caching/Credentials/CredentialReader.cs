using IslGateway.Caching.Keys;
using IslGateway.Upstream;

namespace IslGateway.Caching.Credentials;

/// <summary>Reads the credential of a request.</summary>
internal static class CredentialReader
{
    /// <summary>The digest of the credential headers, as received.</summary>
    /// <param name="headers">The request's headers.</param>
    /// <param name="names"><c>Credentials:Headers</c>.</param>
    /// <param name="secret">The HMAC key, empty for none.</param>
    public static Credential Of(IHeaderDictionary headers, string[] names, ReadOnlySpan<byte> secret)
    {
        var writer = new KeyWriter(stackalloc byte[KeyWriter.UsualSize], secret);
        var isAnonymous = true;
        for (var i = 0; i < names.Length; i++)
        {
            if (!headers.TryGetValue(names[i], out var values)) continue;
            isAnonymous = false;
            writer.Append(KeyPart.Header, names[i].ToLowerInvariant());
            foreach (var value in values)
            {
                writer.Append(KeyPart.Credential, value);
            }
        }

        return new Credential(writer.Finish()) { IsAnonymous = isAnonymous };
    }
}
