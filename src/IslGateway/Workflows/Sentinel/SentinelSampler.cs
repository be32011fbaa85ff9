using System.Diagnostics;
using System.Security.Cryptography;
using IslGateway.Caching;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream;

namespace IslGateway.Workflows.Sentinel;

/// <summary>
/// Chooses the hits to check, with the bytes and headers of the caller who is served. A check must not take anything from callers: it is
/// off unless <c>Sentinel:Share</c> is set, one runs at a time, it uses a place upstream only if one is free, and it is left out when the
/// caller's rate limit runs low.
/// </summary>
internal sealed class SentinelSampler(
    SentinelBudget sampling,
    SentinelCheck check,
    UpstreamLimiter limiter,
    RateLimits limits,
    BufferBudget buffers,
    IHostApplicationLifetime lifetime) : IHitObserver
{
    private int _underWay;

    public bool IsOff(GatewaySettings settings) => settings.Sentinel.Share <= 0;

    public void Serving(CacheContext context, CacheHit hit)
    {
        var isOtherSpelling = hit.Answer.FilledBy != context.Ticket.Spelling;
        if (!sampling.Draws(isOtherSpelling)) return;
        var fill = Interlocked.Exchange(ref _underWay, 1) == 0 ? Begin(context) : null;
        if (isOtherSpelling) sampling.Settle(fill is not null);
        if (fill is null) return;
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(() => CheckAsync(fill, hit, isOtherSpelling));
    }

    private FillRequest? Begin(CacheContext context)
    {
        FillRequest? fill = null;
        try
        {
            return fill = Order(context);
        }
        finally
        {
            if (fill is null) Volatile.Write(ref _underWay, 0);
        }
    }

    private async Task CheckAsync(FillRequest fill, CacheHit hit, bool isOtherSpelling)
    {
        try
        {
            using (fill) await check.RunAsync(fill, hit, isOtherSpelling, lifetime.ApplicationStopping);
        }
        finally
        {
            Volatile.Write(ref _underWay, 0);
        }
    }

    /// <summary>
    /// The call, with a place upstream; null if there is none now. The budget is charged last, so that a call that is not made costs
    /// nothing.
    /// </summary>
    private FillRequest? Order(CacheContext context)
    {
        var current = context.Settings;
        if (context.Body!.TryGetPlain(out var body) is not (DecodeResult.Ok or DecodeResult.Mislabelled)) return null;
        var id = "sentinel-" + RandomNumberGenerator.GetHexString(12, lowercase: true);
        var headers = FillHeaders.ForFill(context.Http.Request, context.Ticket.Row, current.Credentials.Headers, id, body.Length);
        var call = new UpstreamCall(KeyComposer.CanonicalMethod(context.Http.Request.Method), context.RawTarget, headers, body)
        {
            Row = context.Ticket.Row,
            Purpose = CallPurpose.Sentinel,
            Key = context.Ticket.Keys.Question(context.Http.Request),
            MaxAnswerSize = current.Cache.MaxEntrySize,
            Credential = context.Ticket.Credential,
            CredentialHeaders = current.Credentials.Headers,
            RemoteAddress = context.Http.Connection.RemoteIpAddress,
        };
        if (!limits.HasHeadroom(call, current.Sentinel.MinHeadroom)) return null;
        if (limiter.TryEnter() is not { } place) return null;
        if (TryCopy(body) is not { } copy)
        {
            place.Dispose();
            return null;
        }

        var fill = new FillRequest
        {
            Row = context.Ticket.Row,
            Call = call with { Body = copy },
            RequestId = id,
            Settings = current,
            Credential = context.Ticket.Credential,
            KeyUnder = context.Ticket.Keys.Under,
            IsCurrent = context.Ticket.IsCurrent,
            AcceptsStored = false,
            NotToStore = SentinelCheck.NotToStore,
            Budget = buffers,
            Place = place,
            Parent = Activity.Current,
        };
        if (sampling.TryTakeCall()) return fill;
        fill.Dispose();
        return null;
    }

    /// <summary>A copy of the body that outlives the caller's request; null if there is no room.</summary>
    private byte[]? TryCopy(ReadOnlyMemory<byte> plain)
    {
        if (!buffers.TryReserve(plain.Length)) return null;
        try
        {
            return plain.ToArray();
        }
        catch (OutOfMemoryException)
        {
            buffers.Release(plain.Length);
            return null;
        }
    }
}
