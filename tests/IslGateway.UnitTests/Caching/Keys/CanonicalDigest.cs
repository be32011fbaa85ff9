using IslGateway.Caching.Keys;
using IslGateway.Content;

namespace IslGateway.UnitTests.Caching.Keys;

/// <summary>What of a body is in its key.</summary>
internal static class CanonicalDigest
{
    /// <summary>The digest of its canonical bytes; false if it is uncacheable.</summary>
    public static bool TryMake(
        ReadOnlySpan<byte> json, bool sortKeys, IgnoredFields? ignored, out Digest digest, BufferBudget? budget = null)
    {
        using var buffer = new CanonicalBuffer(budget);
        var isRead = CanonicalBody.TryWrite(json, sortKeys, ignored, buffer);
        digest = isRead ? Digest.Of(buffer.Written) : default;
        return isRead;
    }
}
