using IslGateway.Content;

namespace IslGateway.Upstream;

/// <summary>A caller's credential: never the credential itself, only the digest of the credential headers as received.</summary>
/// <param name="Digest">
/// Of the headers' names and values; of nothing, if none was there: everyone without a credential is the same caller.
/// </param>
internal readonly record struct Credential(Digest Digest)
{
    /// <summary>Whether none of the headers was there.</summary>
    public bool IsAnonymous { get; init; }
}
