using System.Runtime.CompilerServices;
using IslGateway.Content;

namespace IslGateway.Caching.Keys;

/// <summary>What a body contributes to a key.</summary>
internal sealed class BodyKey(Digest? digest, Digest? user)
{
    // Boxed, since few bodies have one and many are remembered.
    private readonly StrongBox<Digest>? _user = user is { } known ? new StrongBox<Digest>(known) : null;

    /// <summary>Of its canonical form; null when the body cannot be read exactly and so must not be cached.</summary>
    public Digest? Digest { get; } = digest;

    /// <summary>Digest of the session's user, on session rows, if the body names one as a string.</summary>
    public Digest? User => _user is { } box ? box.Value : null;

    /// <summary>Digest of the plain bytes as they are spelt.</summary>
    public Digest Plain { get; init; }

    /// <summary>Whether the body was labelled gzip but was plain.</summary>
    public bool IsMislabelled { get; init; }

    /// <summary>The keys that were last composed for this body.</summary>
    public FinishedKeys? Finished { get; set; }
}
