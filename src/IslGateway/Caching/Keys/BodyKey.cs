using IslGateway.Content;

namespace IslGateway.Caching.Keys;

/// <summary>What a body contributes to a key.</summary>
internal sealed class BodyKey(Digest? digest, Digest? user)
{
    /// <summary>Of its canonical form; null when the body cannot be read exactly and so must not be cached.</summary>
    public Digest? Digest { get; } = digest;

    /// <summary>Digest of the session's user, on session rows, if the body names one as a string.</summary>
    public Digest? User { get; } = user;

    /// <summary>Digest of the plain bytes as they are spelt.</summary>
    public Digest Plain { get; init; }

    /// <summary>Whether the body was labelled gzip but was plain.</summary>
    public bool IsMislabelled { get; init; }

    /// <summary>The keys that were last composed for this body.</summary>
    public FinishedKeys? Finished { get; set; }
}
