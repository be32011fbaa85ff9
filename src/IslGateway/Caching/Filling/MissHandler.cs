using BitFaster.Caching.Lru;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Telemetry;

namespace IslGateway.Caching.Filling;

/// <summary>Takes a caller with a miss to the fill of its key, waits with it until its deadline, and hands it what it may have.</summary>
internal sealed class MissHandler(
    SingleFlight flights,
    Filler filler,
    CredentialVerifier credentials,
    StaleIfError staleIfError,
    FlightWaits waits,
    RefreshAhead refreshing,
    FillRequests fills,
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
    /// <param name="unused">A stored answer that is stale, or that this caller did not want or could not be given.</param>
    /// <returns>Why the caller should go upstream on its own; <c>None</c>: it has been served.</returns>
    public async Task<Reason> ServeAsync(CacheContext context, CacheHit? unused)
    {
        var key = context.Ticket.FillKey;
        if (_oversize.TryGet(key, out var at) && time.GetElapsedTime(at) < OversizeHolds) return Reason.Oversize;

        if (!TryGetPlain(context, out var plain)) return Reason.None;
        await credentials.RecallAsync(context, context.Ticket.Credential);
        var acceptsStored = context.Ticket.IsEpochKnown && unused is not { IsFresh: true }
            && !context.Ticket.Directives.NoCache && context.Ticket.Directives.MaxAge is null;
        var wasImpatient = false;
        waits.Begin(context, unused);
        Flight? passedOver = null;
        for (var election = 0; election < MaxElections; election++)
        {
            var flight = flights.JoinOrStart(
                key, context.Ticket.Credential, () => fills.Of(context, plain, acceptsStored), filler.RunAsync, out var leads, passedOver);
            if (flight is null)
            {
                await RefuseAsync(context, unused);
                return Reason.None;
            }

            if (!leads && !await MayShareAsync(context, flight)) return Reason.UnprovenCredential;
            if (!leads && !await IsWorthWaitingForAsync(context, flight))
            {
                passedOver = flight;
                continue;
            }

            var wait = await waits.WaitAsync(context, unused, flight, leads);
            if (wait.IsOver) return Reason.None;
            if (wait.Result is not { } result)
            {
                election--;
                continue;
            }

            // It gave up for want of the leader's patience, which is not this caller's.
            if (!leads && !wasImpatient && result is { WasSent: false, Problem.Cause: Reason.Overloaded })
            {
                wasImpatient = true;
                election--;
                continue;
            }

            var isOthersOwn = result.IsPersonal && flight.Leader.Digest != context.Ticket.Credential.Digest;
            if (!isOthersOwn && StaleIfError.IsBetterThan(result) && await TryStandInAsync(context, unused, result, leads))
                return Reason.None;

            if (result.NotStored == Reason.Oversize) _oversize.AddOrUpdate(key, time.GetTimestamp());
            if (!leads && result.IsLeadersAlone) return result.NotStored;
            if (flight.Leader.Digest != context.Ticket.Credential.Digest)
            {
                if (isOthersOwn) continue;

                // Proven before it joined, if the fill was there to be seen then; ISL may have come to refuse it since.
                if (!await IsProvenAsync(context)) return Reason.UnprovenCredential;
            }

            if (result.WasStored && !(acceptsStored && await IsProvenAsync(context)))
            {
                acceptsStored = false;
                continue;
            }

            await AnswerAsync(context, result, leads, unused is { IsFresh: true, IsWanted: false },
                context.Ticket.IsEpochKnown
                    ? null
                    : CacheOutcome.Bypass(Reason.UnknownEpoch) with { ForwardStatus = result.ForwardStatus });
            return Reason.None;
        }

        return Reason.UnprovenCredential;
    }

    /// <summary>
    /// Has a call of its own made for a caller who may not have another's answer. It takes its turn in the queue like any fill: a thousand
    /// of them are not a thousand calls at once. What comes of it is not stored.
    /// </summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="unused">A stored answer that is stale, or that this caller did not want or could not be given.</param>
    /// <param name="reason">Why it goes alone.</param>
    public async Task ServeAloneAsync(CacheContext context, CacheHit? unused, Reason reason)
    {
        if (!TryGetPlain(context, out var plain)) return;
        var flight = flights.JoinOrStart(
            Digest.Random(), context.Ticket.Credential, () => fills.Of(context, plain, acceptsStored: false, reason),
            filler.RunAsync, out var leads);
        if (flight is null)
        {
            await RefuseAsync(context, unused);
            return;
        }

        // The call has a copy, and no other will be made.
        context.Body!.Dispose();
        if (await waits.WaitAsync(context, unused, flight, leads) is not { Result: { } result }) return;
        if (StaleIfError.IsBetterThan(result) && await TryStandInAsync(context, unused, result, leads)) return;
        if (result.NotStored == Reason.Oversize) _oversize.AddOrUpdate(context.Ticket.FillKey, time.GetTimestamp());
        await AnswerAsync(
            context, result, leads, refreshes: false, CacheOutcome.Bypass(reason) with { ForwardStatus = result.ForwardStatus });
    }

    /// <summary>Sees to it that a hit which is near its end is filled anew, which nobody waits for.</summary>
    public void RefreshIfDue(CacheContext context, CacheHit hit)
    {
        if (!refreshing.IsDue(context, hit)) return;
        refreshing.Begin(context, hit, () => context.Body!.TryGetPlain(out var plain) is DecodeResult.Ok or DecodeResult.Mislabelled
            ? fills.Of(context, plain, acceptsStored: false)
            : null);
    }

    /// <summary>Serves ISL's own answer, whatever is stored, and reports how the two compare. Each caller has a call of its own.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="stored">What the cache would have served.</param>
    public async Task ObserveAsync(CacheContext context, StoredAnswer? stored)
    {
        if (!TryGetPlain(context, out var plain)) return;
        await credentials.RecallAsync(context, context.Ticket.Credential);
        var flight = flights.JoinOrStart(
            Digest.Random(), context.Ticket.Credential, () => fills.Of(context, plain, acceptsStored: false),
            filler.RunAsync, out var leads);
        if (flight is null)
        {
            context.Fail(Problems.BuffersFull());
            return;
        }

        if (await waits.WaitAsync(context, stored: null, flight, leads) is not { Result: { } result }) return;
        var observed = CacheOutcome.Bypass(Reason.Observed) with { ForwardStatus = result.ForwardStatus };
        await AnswerAsync(context, result, leads, refreshes: false, observed);
        if (result.Answer is not { StatusCode: StatusCodes.Status200OK } answer) return;
        var comparison = stored is null ? "miss"
            : AnswerComparison.AreEqual(stored, answer, context.Ticket.Row.VolatileFields) ? "equal"
            : "different";
        metrics.Observed.WithLabels(context.Ticket.Row.Path, comparison).Inc();
    }

    /// <summary>
    /// Serves a stale answer in the place of a result, if there is one to serve. What of the result is still arriving is closed then, since
    /// nobody will read it; and so it is if the caller leaves meanwhile.
    /// </summary>
    private async Task<bool> TryStandInAsync(CacheContext context, CacheHit? unused, FillResult result, bool leads)
    {
        var isOver = true;
        try
        {
            return isOver = await staleIfError.TryServeAsync(context, unused, result, result.WasSent);
        }
        finally
        {
            if (isOver && leads && result.Rest is { } untold) await untold.CompleteAsync();
        }
    }

    /// <summary>There is no room for a call.</summary>
    private async Task RefuseAsync(CacheContext context, CacheHit? unused)
    {
        var full = FillResult.NotSent(Problems.BuffersFull());
        if (!await staleIfError.TryServeAsync(context, unused, full, wasSent: false)) context.Fail(full.Problem!);
    }

    private static bool TryGetPlain(CacheContext context, out ReadOnlyMemory<byte> plain)
    {
        var decoded = context.Body!.TryGetPlain(out plain);
        if (decoded is DecodeResult.Ok or DecodeResult.Mislabelled) return true;
        context.Fail(BodyProblems.Of(decoded, context.Body, context.Settings.Limits));
        return false;
    }

    /// <summary>
    /// Sharing another's fill needs the same proof as a hit. Asked once joined: before, whose fill it will be is not known.
    /// </summary>
    private async ValueTask<bool> MayShareAsync(CacheContext context, Flight flight)
    {
        var may = false;
        try
        {
            return may = flight.Leader.Digest == context.Ticket.Credential.Digest || await IsProvenAsync(context);
        }
        finally
        {
            if (!may) flight.Leave(isLeader: false);
        }
    }

    /// <summary>
    /// Who is known does not wait for a stranger's call: neither for its place in the queue, nor for an answer that is about who asked.
    /// </summary>
    private async ValueTask<bool> IsWorthWaitingForAsync(CacheContext context, Flight flight)
    {
        var isIt = false;
        try
        {
            return isIt = flight.Leader.Digest == context.Ticket.Credential.Digest || credentials.IsKnown(flight.Leader)
                || (flight.Call is { } call && await credentials.AcceptsAsync(
                    call, context.RequestId, context.Left(context.Ticket.Deadline), context.Http.RequestAborted));
        }
        finally
        {
            if (!isIt) flight.Leave(isLeader: false);
        }
    }

    private async ValueTask<bool> IsProvenAsync(CacheContext context) =>
        (await credentials.CheckAsync(context, context.Ticket.Credential, context.Left(context.Ticket.Deadline))).Standing
            == CredentialStanding.Proven;

    private static async Task AnswerAsync(CacheContext context, FillResult result, bool leads, bool refreshes, CacheOutcome? outcome = null)
    {
        context.Upstream = result.UpstreamDuration;
        if (result.Problem is { } problem)
        {
            context.Fail(problem);
            return;
        }

        context.Outcome = outcome ?? (
            result.WasStored || !leads ? new CacheOutcome(CacheDisposition.Collapsed, ForwardStatus: result.ForwardStatus)
            : result.NotStored != Reason.None
                ? new CacheOutcome(CacheDisposition.Miss, result.NotStored, ForwardStatus: result.ForwardStatus)
            : new CacheOutcome(refreshes ? CacheDisposition.Refreshed : CacheDisposition.Stored));
        if (result.Rest is { } rest) await AnswerWriter.StreamAsync(context, result, rest);
        else await AnswerWriter.WriteAsync(context, result.Answer!, leads ? result.LeaderHeaders : null);
    }
}
