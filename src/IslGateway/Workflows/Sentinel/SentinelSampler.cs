using System.Diagnostics;
using System.Security.Cryptography;
using IslGateway.Caching;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Journey;
using IslGateway.Settings;

namespace IslGateway.Workflows.Sentinel;

/// <summary>
/// Chooses the hits that are checked. A check asks only for what callers do not want just then: it is off unless <c>Sentinel:Share</c> is
/// set, one is under way at a time, it takes a place upstream that is free and never waits for one, and it leaves the caller's rate limit
/// alone when that runs low.
/// </summary>
internal sealed class SentinelSampler(
    SentinelBudget sampling,
    SentinelCheck check,
    FillGate places,
    RateLimits limits,
    BufferBudget buffers,
    SettingsMonitor settings,
    IHostApplicationLifetime lifetime) : IHitObserver
{
    private int _underWay;

    public void Served(HttpContext context, Exchange exchange, CacheTicket ticket, CacheHit hit)
    {
        if (settings.Current.Sentinel.Share <= 0 || hit.Answer.FilledBy.IsEmpty || !sampling.Draws()) return;
        if (Interlocked.Exchange(ref _underWay, 1) == 1) return;
        if (Order(context, exchange, ticket, hit.Answer.FilledBy) is not { } order)
        {
            Volatile.Write(ref _underWay, 0);
            return;
        }

        using (ExecutionContext.SuppressFlow()) _ = Task.Run(() => CheckAsync(order, hit));
    }

    private async Task CheckAsync(FillOrder order, CacheHit hit)
    {
        try
        {
            using (order) await check.RunAsync(order, hit, lifetime.ApplicationStopping);
        }
        finally
        {
            Volatile.Write(ref _underWay, 0);
        }
    }

    /// <summary>The call, with a place upstream; null if now is not the time. The call is counted last, so that one which is not made costs nothing.</summary>
    private FillOrder? Order(HttpContext context, Exchange exchange, CacheTicket ticket, ReadOnlyMemory<byte> body)
    {
        var current = settings.Current;
        var id = "sentinel-" + RandomNumberGenerator.GetHexString(12, lowercase: true);
        var headers = FillHeaders.ForFill(context.Request, ticket.Row, current.Credentials.Headers, id, body.Length);
        var call = new UpstreamCall(KeyComposer.CanonicalMethod(context.Request.Method), exchange.RawTarget, headers, body)
        {
            Row = ticket.Row,
            Key = ticket.Keys.Question(context.Request),
            MaxAnswerSize = current.Cache.MaxEntrySize,
            Credential = ticket.Credential,
            RemoteAddress = context.Connection.RemoteIpAddress,
        };
        if (!limits.HasHeadroom(call, current.Sentinel.MinHeadroom)) return null;
        if (places.TryEnter() is not { } place) return null;
        if (!buffers.TryReserve(body.Length))
        {
            place.Dispose();
            return null;
        }

        var order = new FillOrder
        {
            Row = ticket.Row,
            Call = call,
            RequestId = id,
            Credential = ticket.Credential,
            CredentialHeaders = current.Credentials.Headers,
            KeyUnder = ticket.Keys.Under,
            IsCurrent = ticket.IsCurrent,
            AcceptsStored = false,
            NotToStore = SentinelCheck.NotToStore,
            Budget = buffers,
            Place = place,
            Parent = Activity.Current,
        };
        if (sampling.TryTakeCall()) return order;
        order.Dispose();
        return null;
    }
}
