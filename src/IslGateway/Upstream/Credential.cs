using IslGateway.Content;

namespace IslGateway.Upstream;

/// <summary>A caller's credential: never the credential itself, only the digest of the credential headers as received.</summary>
/// <param name="Digest">
/// Digest of the headers' names and values. Without any credential header it is the digest of nothing: all such callers count as one.
/// </param>
internal readonly record struct Credential(Digest Digest)
{
    /// <summary>Whether the request had no credential header.</summary>
    public bool IsAnonymous { get; init; }
}
