using System.Diagnostics;
using BitFaster.Caching.Lru;
using IslGateway.Caching.Credentials;
using IslGateway.Caching.Filling;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Journey;
using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Caching;

/// <summary>Takes a caller with a miss to the fill of its key, waits with it until its deadline, and hands it what it may have.</summary>
internal sealed class FillDesk(
    FillBoard board,
    Filler filler,
    CredentialGate credentials,
    StandIn standIn,
    RefreshAhead refreshing,
    BufferBudget budget,
    SettingsMonitor settings,
    GatewayMetrics metrics,
    TimeProvider time)
{
    /// <summary>How long a key whose answer was oversize is not shared.</summary>
    private static readonly TimeSpan OversizeHolds = TimeSpan.FromSeconds(60);

    /// <summary>Elections that a caller takes part in at most before it goes upstream on its own.</summary>
    private const int MaxElections = 3;

    private readonly ConcurrentLru<Digest, long> _oversize = new(4_096);

    /// <summary>Serves a miss.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="exchange">The same.</param>
    /// <param name="ticket">The same, keyed.</param>
    /// <param name="unused">A stored answer that is stale, or that this caller did not want or could not be given.</param>
    /// <returns>Why the caller should go upstream on its own; <c>None</c>: it has been served.</returns>
    public async Task<Reason> ServeAsync(HttpContext context, Exchange exchange, CacheTicket ticket, CacheHit? unused)
    {
        var key = ticket.FillKey;
        if (_oversize.TryGet(key, out var at) && time.GetElapsedTime(at) < OversizeHolds) return Reason.Oversize;

        if (!TryGetPlain(exchange, out var plain)) return Reason.None;
        await credentials.RecallAsync(context, ticket.Credential);
        var acceptsStored = ticket.IsEpochKnown && unused is not { IsFresh: true } && !ticket.Directives.NoCache && ticket.Directives.MaxAge is null;
        var wasImpatient = false;
        Fill? passedOver = null;
        for (var election = 0; election < MaxElections; election++)
        {
            var fill = board.JoinOrStart(
                key, ticket.Credential, () => Order(context, exchange, ticket, plain, acceptsStored), filler.RunAsync, out var leads, passedOver);
            if (fill is null)
            {
                var full = FillResult.NotSent(Problems.BuffersFull());
                if (!await standIn.TryServeAsync(context, exchange, ticket, unused, full, wasSent: false)) exchange.Fail(full.Problem!);
                return Reason.None;
            }

            if (!leads && !await MayShareAsync(context, exchange, ticket, fill)) return Reason.UnprovenCredential;
            if (!leads && !await IsWorthWaitingForAsync(context, exchange, ticket, fill))
            {
                passedOver = fill;
                continue;
            }

            if (await WaitAsync(context, exchange, fill, leads, ticket.Deadline) is not { } result)
            {
                if (!await standIn.TryServeAsync(context, exchange, ticket, unused, failed: null, fill.HasBegun)) exchange.Fail(Problems.DeadlinePassed(ticket.Deadline));
                return Reason.None;
            }

            // It gave up for want of the leader's patience, which is not this caller's.
            if (!leads && !wasImpatient && result is { WasSent: false, Problem.Cause: Reason.Overloaded })
            {
                wasImpatient = true;
                election--;
                continue;
            }

            var isOthersOwn = result.IsPersonal && fill.Leader.Digest != ticket.Credential.Digest;
            if (!isOthersOwn && StandIn.IsBetterThan(result) && await TryStandInAsync(context, exchange, ticket, unused, result, leads)) return Reason.None;

            if (result.NotStored == Reason.Oversize) _oversize.AddOrUpdate(key, time.GetTimestamp());
            if (!leads && result.IsLeadersAlone) return result.NotStored;
            if (fill.Leader.Digest != ticket.Credential.Digest)
            {
                if (isOthersOwn) continue;

                // Proven before it joined, if the fill was there to be seen then; ISL may have come to refuse it since.
                if (!await IsProvenAsync(context, exchange, ticket)) return Reason.UnprovenCredential;
            }

            if (result.WasStored && !(acceptsStored && await IsProvenAsync(context, exchange, ticket)))
            {
                acceptsStored = false;
                continue;
            }

            await AnswerAsync(context, exchange, result, leads, unused is { IsFresh: true, IsWanted: false },
                ticket.IsEpochKnown ? null : CacheOutcome.Bypass(Reason.UnknownEpoch) with { ForwardStatus = result.ForwardStatus });
            return Reason.None;
        }

        return Reason.UnprovenCredential;
    }

    /// <summary>Sees to it that a hit which is near its end is filled anew, by nobody's leave and nobody's wait.</summary>
    public void RefreshIfDue(HttpContext context, Exchange exchange, CacheTicket ticket, CacheHit hit)
    {
        if (!refreshing.IsDue(ticket, hit)) return;
        refreshing.Begin(ticket, hit, () => exchange.Body!.TryGetPlain(out var plain) is DecodeResult.Ok or DecodeResult.Mislabelled
            ? Order(context, exchange, ticket, plain, acceptsStored: false)
            : null);
    }

    /// <summary>Serves ISL's own answer, whatever is stored, and reports how the two compare. Each caller has a call of its own.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="exchange">The same.</param>
    /// <param name="ticket">The same, keyed.</param>
    /// <param name="stored">What the cache would have served.</param>
    public async Task ObserveAsync(HttpContext context, Exchange exchange, CacheTicket ticket, StoredAnswer? stored)
    {
        if (!TryGetPlain(exchange, out var plain)) return;
        await credentials.RecallAsync(context, ticket.Credential);
        var fill = board.JoinOrStart(
            Digest.Random(), ticket.Credential, () => Order(context, exchange, ticket, plain, acceptsStored: false), filler.RunAsync, out var leads);
        if (fill is null)
        {
            exchange.Fail(Problems.BuffersFull());
            return;
        }

        if (await WaitAsync(context, exchange, fill, leads, ticket.Deadline) is not { } result)
        {
            exchange.Fail(Problems.DeadlinePassed(ticket.Deadline));
            return;
        }

        var observed = CacheOutcome.Bypass(Reason.Observed) with { ForwardStatus = result.ForwardStatus };
        await AnswerAsync(context, exchange, result, leads, refreshes: false, observed);
        if (result.Answer is not { StatusCode: StatusCodes.Status200OK } answer) return;
        var comparison = stored is null ? "miss" : AnswerComparison.AreEqual(stored, answer, ticket.Row.VolatileFields) ? "equal" : "different";
        metrics.Observed.WithLabels(ticket.Row.Path, comparison).Inc();
    }

    /// <summary>Serves what is better than a result, whose rest is nobody's then; so it is if the caller leaves meanwhile.</summary>
    private async Task<bool> TryStandInAsync(HttpContext context, Exchange exchange, CacheTicket ticket, CacheHit? unused, FillResult result, bool leads)
    {
        var isOver = true;
        try
        {
            return isOver = await standIn.TryServeAsync(context, exchange, ticket, unused, result, result.WasSent);
        }
        finally
        {
            if (isOver && leads && result.Rest is { } untold) await untold.CompleteAsync();
        }
    }

    private bool TryGetPlain(Exchange exchange, out ReadOnlyMemory<byte> plain)
    {
        var decoded = exchange.Body!.TryGetPlain(out plain);
        if (decoded is DecodeResult.Ok or DecodeResult.Mislabelled) return true;
        exchange.Fail(BodyProblems.Of(decoded, exchange.Body, settings.Current.Limits));
        return false;
    }

    private async Task<FillResult?> WaitAsync(HttpContext context, Exchange exchange, Fill fill, bool leads, TimeSpan deadline)
    {
        var taken = false;
        try
        {
            var result = await fill.Completion.WaitAsync(exchange.Left(deadline), time, context.RequestAborted);
            taken = true;
            return result;
        }
        catch (TimeoutException)
        {
            return null;
        }
        finally
        {
            if (!taken) fill.Leave(leads);
        }
    }

    /// <summary>Sharing another's fill needs the same proof as a hit. Asked once joined: before, whose fill it will be is not known.</summary>
    private async ValueTask<bool> MayShareAsync(HttpContext context, Exchange exchange, CacheTicket ticket, Fill fill)
    {
        var may = false;
        try
        {
            return may = fill.Leader.Digest == ticket.Credential.Digest || await IsProvenAsync(context, exchange, ticket);
        }
        finally
        {
            if (!may) fill.Leave(isLeader: false);
        }
    }

    /// <summary>Who is known does not wait for a stranger's call: neither for its place in the queue, nor for an answer that is about who asked.</summary>
    private async ValueTask<bool> IsWorthWaitingForAsync(HttpContext context, Exchange exchange, CacheTicket ticket, Fill fill)
    {
        var isIt = false;
        try
        {
            return isIt = fill.Leader.Digest == ticket.Credential.Digest || credentials.IsKnown(fill.Leader)
                || (fill.Call is { } call && await credentials.AcceptsAsync(call, exchange.RequestId, context.RequestAborted));
        }
        finally
        {
            if (!isIt) fill.Leave(isLeader: false);
        }
    }

    private async ValueTask<bool> IsProvenAsync(HttpContext context, Exchange exchange, CacheTicket ticket) =>
        (await credentials.CheckAsync(context, ticket.Credential, exchange.RequestId, exchange.Left(ticket.Deadline))).Standing == CredentialStanding.Proven;

    private FillOrder? Order(HttpContext context, Exchange exchange, CacheTicket ticket, ReadOnlyMemory<byte> plain, bool acceptsStored)
    {
        var request = context.Request;
        var headers = FillHeaders.ForFill(request.Headers, ticket.Row, settings.Current.Credentials.Headers, exchange.RequestId, plain.Length);
        if (TryCopy(plain) is not { } body) return null;
        return new FillOrder
        {
            Row = ticket.Row,
            Call = new UpstreamCall(KeyComposer.CanonicalMethod(request.Method), exchange.RawTarget, headers, body)
            {
                Row = ticket.Row,
                Key = ticket.Keys.Question(request),
                Retry = ticket.Row.Retry,
                MaxAnswerSize = settings.Current.Cache.MaxEntrySize,
                Credential = ticket.Credential,
                RemoteAddress = context.Connection.RemoteIpAddress,
            },
            RequestId = exchange.RequestId,
            Credential = ticket.Credential,
            KeyUnder = ticket.Keys.Under,
            IsCurrent = ticket.IsCurrent,
            AcceptsStored = acceptsStored,
            NotToStore = ticket.IsEpochKnown ? ticket.Directives.NoStore ? Reason.NoStoreRequested : Reason.None : Reason.UnknownEpoch,
            Budget = budget,
            Patience = exchange.Left(ticket.Deadline),
            Parent = Activity.Current,
        };
    }

    /// <summary>The fill outlives its caller, and so must its body. Null: there is no room.</summary>
    private byte[]? TryCopy(ReadOnlyMemory<byte> plain)
    {
        if (!budget.ForFills.TryReserve(plain.Length)) return null;
        try
        {
            return plain.ToArray();
        }
        catch (OutOfMemoryException)
        {
            budget.Release(plain.Length);
            return null;
        }
    }

    private static async Task AnswerAsync(HttpContext context, Exchange exchange, FillResult result, bool leads, bool refreshes, CacheOutcome? outcome = null)
    {
        exchange.Upstream = result.UpstreamDuration;
        if (result.Problem is { } problem)
        {
            exchange.Fail(problem);
            return;
        }

        exchange.Outcome = outcome ?? (result.WasStored || !leads ? new CacheOutcome(CacheDisposition.Collapsed, ForwardStatus: result.ForwardStatus)
            : result.NotStored != Reason.None ? new CacheOutcome(CacheDisposition.Miss, result.NotStored, ForwardStatus: result.ForwardStatus)
            : new CacheOutcome(refreshes ? CacheDisposition.Refreshed : CacheDisposition.Stored));
        if (result.Rest is { } rest) await AnswerWriter.StreamAsync(context, result, rest);
        else await AnswerWriter.WriteAsync(context, exchange, result.Answer!, leads ? result.LeaderHeaders : null);
    }
}
