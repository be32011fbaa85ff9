using IslGateway.Caching.Keys;
using IslGateway.Journey;

namespace IslGateway.Caching;

/// <summary>A stored answer.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Tier">Where it was: <c>Memory</c> or <c>Redis</c>.</param>
/// <param name="Age">Since it was complete.</param>
/// <param name="TtlLeft">Freshness left; zero or less: it is stale.</param>
/// <param name="Epoch">Digest of the epoch that it was found under.</param>
/// <param name="IsWanted">Whether the caller's own directives allow it while it is fresh.</param>
internal readonly record struct CacheHit(StoredAnswer Answer, Reason Tier, TimeSpan Age, TimeSpan TtlLeft, Digest Epoch, bool IsWanted)
{
    /// <summary>Judges a stored answer: it is fresh as long as its own lifetime lasts, and the evidence for the epoch that it is found under.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="tier">Where it is.</param>
    /// <param name="epoch">What it is found under.</param>
    /// <param name="lapsed">For how long the evidence for that has been too old; null: it is not.</param>
    /// <param name="directives">What the caller wants.</param>
    /// <param name="now">The time.</param>
    public static CacheHit Of(StoredAnswer answer, Reason tier, Digest epoch, TimeSpan? lapsed, CallerDirectives directives, DateTimeOffset now)
    {
        var age = answer.AgeAt(now);
        var left = answer.Ttl - age;
        return new CacheHit(answer, tier, age, -lapsed is { } past && past < left ? past : left, epoch, directives.Allow(age));
    }

    /// <summary>Whether it may be served without asking ISL.</summary>
    public bool IsFresh => TtlLeft > TimeSpan.Zero;

    /// <summary>Freshness left in whole seconds, rounded down: what is stale is never 0.</summary>
    public long SecondsLeft => (long)Math.Floor(TtlLeft.TotalSeconds);
}
