using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.Caching.Answers;

/// <summary>How long an answer is fresh.</summary>
internal static class Freshness
{
    /// <summary>
    /// Shortens a lifetime by up to a share of itself, by the entry's own digest: entries stored together expire apart, and each the same
    /// way on every gateway.
    /// </summary>
    public static TimeSpan Spread(TimeSpan ttl, double jitter, Digest key) =>
        ttl * (1 - (jitter * ((uint)key.GetHashCode() / (double)uint.MaxValue)));

    /// <summary>Whether a stored answer is fresh, by what it was stored with and by what its row says now.</summary>
    public static bool Holds(StoredAnswer answer, Lifetime rowsNow, TimeProvider time) =>
        answer.KeptFor(time) < answer.Lifetime.AtMost(rowsNow).Ttl;
}
