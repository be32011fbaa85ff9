using IslGateway.Content;

namespace IslGateway.Caching.Keys;

/// <summary>What a body contributes to a key.</summary>
/// <param name="Digest">Of its canonical form; null when the body cannot be read exactly and so must not be cached.</param>
/// <param name="User">Digest of the session's user, on session rows, if the body names one as a string.</param>
internal sealed record BodyKey(Digest? Digest, Digest? User)
{
    /// <summary>Digest of the plain bytes as they are spelt.</summary>
    public Digest Plain { get; init; }

    /// <summary>Labelled gzip, but plain.</summary>
    public bool IsMislabelled { get; init; }

    /// <summary>A body that must not be cached.</summary>
    public static BodyKey Inexact { get; } = new(null, null);
}
