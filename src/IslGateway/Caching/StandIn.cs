using IslGateway.Caching.Credentials;
using IslGateway.Caching.Filling;
using IslGateway.Journey;
using IslGateway.Settings;

namespace IslGateway.Caching;

/// <summary>
/// Lets a stale answer stand in for ISL when that fails: of an epoch that ISL is still known, or was last known, to compute under; within the row's
/// <c>StaleTtl</c>; never for sessions; and never against the caller's own directives. It is always labelled.
/// </summary>
internal sealed class StandIn(CredentialGate credentials)
{
    /// <summary>Whether a stored answer may stand in for ISL.</summary>
    public static bool IsFit(CacheTicket ticket, CacheHit? stored) =>
        stored is { IsFresh: false } hit && ticket.Row.Cache == CachePolicy.Deterministic
        && -hit.TtlLeft < ticket.Row.StaleTtl && ticket.Directives.AllowStale(hit.Age, -hit.TtlLeft);

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
    /// <param name="stored">What is stored.</param>
    /// <param name="failed">How the fill ended; null: not before the caller's deadline.</param>
    /// <returns>Whether the caller has been served.</returns>
    public async ValueTask<bool> TryServeAsync(HttpContext context, Exchange exchange, CacheTicket ticket, CacheHit? stored, FillResult? failed)
    {
        if (!IsFit(ticket, stored) || !await IsAllowedAsync(context, exchange, ticket, failed)) return false;
        if (failed is not null) exchange.Upstream = failed.UpstreamDuration;
        await HitAnswer.WriteStaleAsync(context, exchange, stored!.Value, failed is not { WasSent: false }, failed?.ForwardStatus);
        return true;
    }

    /// <summary>An ISL that failed cannot be asked about the credential; one that was not asked, for reasons that are not its own, can.</summary>
    private async ValueTask<bool> IsAllowedAsync(HttpContext context, Exchange exchange, CacheTicket ticket, FillResult? failed) =>
        failed is { Problem.Cause: Reason.Overloaded or Reason.CoolingDown }
            ? (await credentials.CheckAsync(context, ticket.Credential, exchange.RequestId, exchange.Left(ticket.Deadline))).Standing == CredentialStanding.Proven
            : await credentials.VouchesAsync(context, ticket.Credential);
}
