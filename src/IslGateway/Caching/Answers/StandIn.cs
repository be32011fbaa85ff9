using IslGateway.Caching.Credentials;
using IslGateway.Caching.Epochs;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Settings;

namespace IslGateway.Caching.Answers;

/// <summary>
/// Lets a stale answer stand in for ISL when that fails: of an epoch that ISL is still known, or was last known, to compute under; within the row's
/// <c>StaleTtl</c>; never for sessions; and never against the caller's own directives. It is always labelled.
/// </summary>
internal sealed class StandIn(
    CredentialGate credentials, EpochChoice epochs, Quarantine quarantine, Generations generations, RowLifetimes lifetimes, SettingsMonitor settings,
    TimeProvider time)
{
    /// <summary>Whether a fill ended in a way that a stale answer is better than: no answer, or one that says that ISL failed.</summary>
    public static bool IsBetterThan(FillResult result) => result.Problem is not null || result.Answer is
    {
        StatusCode: StatusCodes.Status500InternalServerError or StatusCodes.Status502BadGateway or StatusCodes.Status503ServiceUnavailable
            or StatusCodes.Status504GatewayTimeout,
    };

    /// <summary>Serves a stale answer, if there is one that this caller may have.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="exchange">The same.</param>
    /// <param name="ticket">The same, keyed.</param>
    /// <param name="stored">What was stored when ISL was asked.</param>
    /// <param name="failed">How the fill ended; null: not before the caller's deadline.</param>
    /// <param name="wasSent">Whether ISL was asked.</param>
    /// <returns>Whether the caller has been served.</returns>
    public async ValueTask<bool> TryServeAsync(
        HttpContext context, Exchange exchange, CacheTicket ticket, CacheHit? stored, FillResult? failed, bool wasSent)
    {
        if (Find(ticket, stored) is not { } hit || !await IsAllowedAsync(context, exchange, ticket, failed)) return false;
        if (failed is not null) exchange.Upstream = failed.UpstreamDuration;
        await WriteAsync(context, exchange, hit, wasSent, failed?.ForwardStatus);
        return true;
    }

    /// <summary>What may be served in the place of an ISL that has not failed, but takes longer than <c>Cache:StaleAfter</c>; null: nothing.</summary>
    public async ValueTask<CacheHit?> FindLateAsync(HttpContext context, Exchange exchange, CacheTicket ticket, CacheHit? stored) =>
        Find(ticket, stored) is { } hit && await IsProvenAsync(context, exchange, ticket) ? hit : null;

    /// <summary>Serves what stands in.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="exchange">The same.</param>
    /// <param name="hit">What was found.</param>
    /// <param name="wasSent">Whether ISL was asked.</param>
    /// <param name="status">ISL's status, where it gave one.</param>
    public static Task WriteAsync(HttpContext context, Exchange exchange, CacheHit hit, bool wasSent, int? status) =>
        hit.IsFresh ? HitAnswer.WriteAsync(context, exchange, hit) : HitAnswer.WriteStaleAsync(context, exchange, hit, wasSent, status);

    /// <summary>Whether something is stored that might stand in, as far as can be told before it is needed.</summary>
    public static bool Concerns(CacheTicket ticket, CacheHit? stored) => stored is not null && ticket.Row.Cache == CachePolicy.Deterministic;

    private CacheHit? Find(CacheTicket ticket, CacheHit? stored) => Concerns(ticket, stored) ? Judge(ticket, stored!.Value) : null;

    /// <summary>
    /// What was stored, judged now and not as it was looked up: since then a purge, a new epoch or a quarantine may have put an end to it, and its age
    /// has grown. Null: it must not be served.
    /// </summary>
    private CacheHit? Judge(CacheTicket ticket, CacheHit stored)
    {
        var row = ticket.Row;
        if (generations.KeyOf(row) != ticket.Generations || quarantine.Holds(row, stored.Epoch)) return null;
        var (current, lapsed) = epochs.For(row, settings.Current);
        if (!current.Contains(stored.Epoch)) return null;
        var hit = CacheHit.Of(stored.Answer, stored.Tier, stored.Epoch, lapsed, ticket.Directives, lifetimes.Of(row), time);
        var isFit = hit.IsFresh ? hit.IsWanted : hit.MayStandIn && ticket.Directives.AllowStale(hit.Age, -hit.TtlLeft);
        return isFit ? hit : null;
    }

    /// <summary>An ISL that failed cannot be asked about the credential; one that was not asked, for reasons that are not its own, can.</summary>
    private async ValueTask<bool> IsAllowedAsync(HttpContext context, Exchange exchange, CacheTicket ticket, FillResult? failed) =>
        failed is { Problem.Cause: Reason.Overloaded or Reason.CoolingDown }
            ? await IsProvenAsync(context, exchange, ticket)
            : await credentials.VouchesAsync(context, ticket.Credential);

    private async ValueTask<bool> IsProvenAsync(HttpContext context, Exchange exchange, CacheTicket ticket) =>
        (await credentials.CheckAsync(context, ticket.Credential, exchange.RequestId, exchange.Left(ticket.Deadline))).Standing == CredentialStanding.Proven;
}
