using IslGateway.Caching.Answers;
using IslGateway.Outcomes;

namespace IslGateway.Caching.Filling;

/// <summary>Whether an answer may be stored, and what it says about itself.</summary>
/// <param name="Reason">Why it may not; <c>None</c> if it may.</param>
/// <param name="Fingerprint">The configuration that the body names.</param>
/// <param name="Freshness">How long it may live, if it may be stored.</param>
internal readonly record struct StoreVerdict(Reason Reason, string? Fingerprint = null, AnswerFreshness Freshness = default)
{
    public static StoreVerdict Not(Reason reason, string? fingerprint = null) => new(reason, fingerprint);
}
