using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.Caching.Answers;

/// <summary>How long an answer is fresh.</summary>
internal static class Freshness
{
    /// <summary>
    /// Shortens a lifetime by up to <paramref name="jitter"/> of itself, so that entries stored together do not expire together. The share
    /// comes from the key's digest, so every gateway computes the same.
    /// </summary>
    public static TimeSpan Spread(TimeSpan ttl, double jitter, Digest key) =>
        ttl * (1 - (jitter * ((uint)key.GetHashCode() / (double)uint.MaxValue)));

    /// <summary>Whether a stored answer is fresh, by the lifetime that it was stored with and the one that its row gives now.</summary>
    public static bool Holds(StoredAnswer answer, Lifetime rowsNow, TimeProvider time) =>
        answer.KeptFor(time) < answer.Lifetime.AtMost(rowsNow).Ttl;
}
