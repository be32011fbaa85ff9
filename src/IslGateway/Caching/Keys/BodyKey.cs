using IslGateway.Content;

namespace IslGateway.Caching.Keys;

/// <summary>The parts of a key that come from the body.</summary>
/// <param name="Digest">Digest of the canonical form; null if the body cannot be read exactly, and so must not be cached.</param>
/// <param name="User">Digest of the session's user, on session rows, if the body names one as a string.</param>
internal sealed record BodyKey(Digest? Digest, Digest? User)
{
    /// <summary>Digest of the plain bytes exactly as sent.</summary>
    public Digest Plain { get; init; }

    /// <summary>Whether the body was labelled gzip but was plain.</summary>
    public bool IsMislabelled { get; init; }

    /// <summary>A body that must not be cached.</summary>
    public static BodyKey Inexact { get; } = new(null, null);
}
