using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Outcomes;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Operations.Explain;

/// <summary>
/// What a caller would be told now, from what was found out: that ISL accepts a credential on which it gave no word, and that it answers as
/// it did last time or, where that is not known, with what may be stored, is assumed.
/// </summary>
internal static class Forecast
{
    /// <summary>The account of the cache.</summary>
    public static CacheOutcome Of(Explained explained)
    {
        if (explained.Context.Problem is { } problem) return CacheOutcome.Answered(problem.Cause);
        if (explained.Bypass == Reason.Batch) return CacheOutcome.Answered(Reason.Batch);
        if (explained.Ticket is not { } ticket) return CacheOutcome.Bypass(explained.Bypass);
        var (onlyIfCached, settings) = (ticket.Directives.OnlyIfCached, explained.Context.Settings);
        if (settings.Cache.Mode == CacheMode.Observe)
            return onlyIfCached ? CacheOutcome.Answered(Reason.OnlyIfCached) : CacheOutcome.Bypass(Reason.Observed);
        if (explained.Hit is { IsFresh: true, IsWanted: true } hit)
        {
            return explained.Standing == CredentialStanding.Refused
                ? new CacheOutcome(CacheDisposition.Miss, Reason.RefusedCredential)
                : new CacheOutcome(CacheDisposition.Hit, hit.Tier, hit.SecondsLeft);
        }

        return onlyIfCached ? CacheOutcome.Answered(Reason.OnlyIfCached)
            : StaleAtOnce(explained) is { } stale ? new CacheOutcome(CacheDisposition.Hit, Reason.Stale, stale.SecondsLeft)
            : explained.Refusal is { } refusal ? CacheOutcome.Answered(UpstreamProblems.Of(refusal.Failure, refusal.RetryAfter).Cause)
            : explained.IsOversize ? CacheOutcome.Bypass(Reason.Oversize)
            : !ticket.IsEpochKnown ? CacheOutcome.Bypass(Reason.UnknownEpoch)
            : explained.LastFill is { } last && IsSaidAgain(last.Reason, last.Status)
                ? new CacheOutcome(CacheDisposition.Miss, last.Reason, ForwardStatus: last.Status)
            : ticket.Directives.NoStore ? new CacheOutcome(CacheDisposition.Miss, Reason.NoStoreRequested)
            : new CacheOutcome(explained.Hit is { IsFresh: true } ? CacheDisposition.Refreshed : CacheDisposition.Stored);
    }

    /// <summary>Why it is not served from the cache or not stored; <c>None</c>: it is served, or nothing was known of it.</summary>
    public static Reason ReasonOf(Explained explained, CacheOutcome outcome) =>
        outcome.Reason is not (Reason.None or Reason.Memory or Reason.Redis) ? outcome.Reason
        : outcome.IsHit ? explained.Standing == CredentialStanding.Proven ? Reason.None : Reason.UnprovenCredential
        : explained is { Hit: null, LastFill: { } last } ? last.Reason
        : Reason.None;

    /// <summary>A stored answer that stands in without a wait: ISL would not be asked, or callers do not wait for it.</summary>
    private static CacheHit? StaleAtOnce(Explained explained)
    {
        var (ticket, settings) = (explained.Ticket!, explained.Context.Settings);
        if (explained.Hit is not { MayStandIn: true } stale || ticket.Row.Cache != CachePolicy.Deterministic
            || !ticket.Directives.AllowStale(stale.Age, -stale.TtlLeft)) return null;
        var isProven = explained.Standing == CredentialStanding.Proven;
        return settings.Cache.StaleAfter == TimeSpan.Zero && isProven ? stale
            : explained.Refusal is not { Failure: var failure } ? null
            : isProven || (failure == UpstreamFailure.CircuitOpen && explained.ProofAge < settings.Credentials.StaleProof) ? stale
            : null;
    }

    /// <summary>Whether ISL's next answer to the same will not be stored for the same reason.</summary>
    private static bool IsSaidAgain(Reason reason, int? status) => reason switch
    {
        Reason.NeverStore or Reason.NoFingerprint or Reason.AnswerForbids or Reason.NotJsonAnswer or Reason.NoRoom => true,
        Reason.StatusNotOk => status is >= 400 and < 500 and not (401 or 403 or 408 or 429),
        _ => false,
    };
}
