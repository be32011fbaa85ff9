using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;

namespace IslGateway.Caching.Answers;

/// <summary>A stored answer that was found for a request, and how fresh it is.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Tier">Where it was: <c>Memory</c> or <c>Redis</c>.</param>
/// <param name="Age">Since ISL computed it.</param>
/// <param name="Lifetime">The smaller of what it was stored with and what its row says now.</param>
/// <param name="TtlLeft">Freshness left; zero or less if it is stale.</param>
/// <param name="Epoch">Digest of the epoch that it was found under.</param>
/// <param name="IsWanted">Whether the caller's own directives accept an answer of this age, with so much freshness left.</param>
internal readonly record struct CacheHit(
    StoredAnswer Answer, Reason Tier, TimeSpan Age, Lifetime Lifetime, TimeSpan TtlLeft, Digest Epoch, bool IsWanted)
{
    /// <summary>The number of samples that it was asked with, where it is the answer to the same question with more; else null.</summary>
    public int? Samples { get; init; }

    /// <summary>Judges a stored answer: it is fresh until its lifetime ends, or until the evidence for its epoch became too old.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="tier">Where it is.</param>
    /// <param name="epoch">Digest of the epoch that it was found under.</param>
    /// <param name="lapsed">For how long the evidence for that epoch has been too old; null while it is young enough.</param>
    /// <param name="directives">What the caller asks of the cache.</param>
    /// <param name="rowsNow">The lifetime that the row gives now.</param>
    /// <param name="time">The clock that measures how long the answer has been kept.</param>
    public static CacheHit Of(
        StoredAnswer answer, Reason tier, Digest epoch, TimeSpan? lapsed, CallerDirectives directives, Lifetime rowsNow, TimeProvider time)
    {
        var kept = answer.KeptFor(time);
        var (age, lifetime) = (answer.AgeThen + kept, answer.Lifetime.AtMost(rowsNow));
        var left = lifetime.Ttl - kept;
        if (-lapsed is { } past && past < left) left = past;
        return new CacheHit(answer, tier, age, lifetime, left, epoch, directives.AllowFresh(age, left));
    }

    /// <summary>Whether it may be served without asking ISL.</summary>
    public bool IsFresh => TtlLeft > TimeSpan.Zero;

    /// <summary>Whether it is stale, and the time in which it may stand in for ISL is not over.</summary>
    public bool MayStandIn => !IsFresh && -TtlLeft < Lifetime.StaleTtl;

    /// <summary>Freshness left in whole seconds, rounded down, so that a stale answer never shows 0.</summary>
    public long SecondsLeft => (long)Math.Floor(TtlLeft.TotalSeconds);
}
