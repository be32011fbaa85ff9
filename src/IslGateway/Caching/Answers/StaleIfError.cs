using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching.Answers;

/// <summary>
/// Lets a stale answer stand in when ISL fails. Only an answer of an epoch that ISL still reports, or reported last; only within the row's
/// <c>StaleTtl</c>; never for sessions; never against the caller's own directives; always labelled stale.
/// </summary>
internal sealed class StaleIfError(
    CredentialVerifier credentials, EpochChoice epochs, Quarantine quarantine, TokenSet tokens, RowLifetimes lifetimes,
    SettingsMonitor settings, TimeProvider time)
{
    /// <summary>
    /// Whether a stale answer is better than how this fill ended: without an answer, or with a status that says that ISL failed or is asked
    /// too often.
    /// </summary>
    public static bool IsBetterThan(FillResult result) => result.Problem is not null
        || (result.Answer is { StatusCode: var code } && (code == StatusCodes.Status429TooManyRequests || UpstreamAnswer.IsFailure(code)));

    /// <summary>Serves a stale answer, if there is one that this caller may have.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="stored">What was stored when ISL was asked.</param>
    /// <param name="failed">How the fill ended; null if it had not by the caller's deadline.</param>
    /// <param name="wasSent">Whether ISL was asked.</param>
    /// <returns>Whether the caller has been served.</returns>
    public async ValueTask<bool> TryServeAsync(
        CacheContext context, CacheHit? stored, FillResult? failed, bool wasSent)
    {
        if (Find(context, stored) is not { } hit || !await IsAllowedAsync(context, failed)) return false;
        if (failed is not null) context.Upstream = failed.UpstreamDuration;
        await WriteAsync(context, hit, wasSent, failed?.ForwardStatus);
        return true;
    }

    /// <summary>
    /// The stored answer to serve when ISL has not failed but takes longer than <c>Cache:StaleAfter</c>; null if there is none.
    /// </summary>
    public async ValueTask<CacheHit?> FindLateAsync(CacheContext context, CacheHit? stored) =>
        Find(context, stored) is { } hit && await IsProvenAsync(context) ? hit : null;

    /// <summary>Serves the stored answer that stands in for ISL.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="hit">What was found.</param>
    /// <param name="wasSent">Whether ISL was asked.</param>
    /// <param name="status">ISL's status, where it gave one.</param>
    public static Task WriteAsync(CacheContext context, CacheHit hit, bool wasSent, int? status) =>
        hit.IsFresh ? HitAnswer.WriteAsync(context, hit) : HitAnswer.WriteStaleAsync(context, hit, wasSent, status);

    /// <summary>Whether an answer is stored that could stand in. <see cref="TryServeAsync"/> decides later whether it may.</summary>
    public static bool Concerns(CacheContext context, CacheHit? stored) =>
        stored is not null && context.Ticket.Row.Cache == CachePolicy.Deterministic;

    private CacheHit? Find(CacheContext context, CacheHit? stored) => Concerns(context, stored) ? Judge(context, stored!.Value) : null;

    /// <summary>
    /// Judges the stored answer again, now: since the lookup it has aged, and a purge, a new epoch or a quarantine may have ended it. Null
    /// if it must not be served.
    /// </summary>
    private CacheHit? Judge(CacheContext context, CacheHit stored)
    {
        var row = context.Ticket.Row;
        if (tokens.KeyOf(row) != context.Ticket.PurgeTokens || quarantine.Holds(row, stored.Epoch)) return null;
        var (current, lapsed) = epochs.For(row, settings.Current);
        if (!current.Contains(stored.Epoch)) return null;
        var again = CacheHit.Of(stored.Answer, stored.Tier, stored.Epoch, lapsed, context.Ticket.Directives, lifetimes.Of(row), time);
        var hit = again with { Samples = stored.Samples };
        var isFit = hit.IsFresh ? hit.IsWanted : hit.MayStandIn && context.Ticket.Directives.AllowStale(hit.Age, -hit.TtlLeft);
        return isFit ? hit : null;
    }

    /// <summary>
    /// After a failure of ISL the credential is not checked there, so that a recent proof has to do. After the gateway's own refusal to
    /// ask, ISL can be asked about it.
    /// </summary>
    private async ValueTask<bool> IsAllowedAsync(CacheContext context, FillResult? failed) =>
        failed is { Problem.Cause: Reason.Overloaded or Reason.CoolingDown }
            ? await IsProvenAsync(context)
            : await credentials.VouchesAsync(context, context.Ticket.Credential);

    private async ValueTask<bool> IsProvenAsync(CacheContext context) =>
        (await credentials.CheckAsync(context, context.Ticket.Credential, context.Left(context.Ticket.Deadline))).Standing
            == CredentialStanding.Proven;
}
