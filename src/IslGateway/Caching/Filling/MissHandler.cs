using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Content;
using IslGateway.Outcomes;
using IslGateway.Telemetry;

namespace IslGateway.Caching.Filling;

/// <summary>
/// Brings a caller with a miss to the fill of its key, waits with it until its deadline, and writes the answer that it may have.
/// </summary>
internal sealed class MissHandler(
    SingleFlight flights,
    Filler filler,
    CredentialVerifier credentials,
    StaleIfError staleIfError,
    FlightWaits waits,
    RefreshAhead refreshing,
    FillRequests fills,
    UnstoredFills unstored,
    GatewayMetrics metrics)
{
    /// <summary>The most fills that a caller joins or leads before it goes upstream on its own.</summary>
    private const int MaxElections = 3;

    /// <summary>Serves a miss.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="unused">
    /// A stored answer that was not served: it is stale, the caller did not accept it, or its credential is not proven.
    /// </param>
    /// <returns>Why the caller should go upstream on its own; <c>None</c>: it has been served.</returns>
    public async Task<Reason> ServeAsync(CacheContext context, CacheHit? unused)
    {
        var key = context.Ticket.FillKey;
        if (unstored.IsOversize(key)) return Reason.Oversize;

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

            // The fill gave up because its leader could not wait any longer, which says nothing about this caller.
            if (!leads && !wasImpatient && result is { WasSent: false, Problem.Cause: Reason.Overloaded })
            {
                wasImpatient = true;
                election--;
                continue;
            }

            var isOthersOwn = result.IsPersonal && flight.Leader.Digest != context.Ticket.Credential.Digest;
            if (!isOthersOwn && StaleIfError.IsBetterThan(result) && await TryStandInAsync(context, unused, result, leads))
                return Reason.None;

            if (result.NotStored == Reason.Oversize) unstored.AddOversize(key);
            if (!leads && result.IsLeadersAlone) return result.NotStored;
            if (flight.Leader.Digest != context.Ticket.Credential.Digest)
            {
                if (isOthersOwn) continue;

                // The caller's proof was checked when it joined, if the fill was visible then; ISL may have refused the credential since.
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
    /// Makes a separate call for a caller who may not share another's answer. It queues like any fill, so that a thousand such callers are
    /// not a thousand calls at once. The answer is not stored.
    /// </summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="unused">
    /// A stored answer that was not served: it is stale, the caller did not accept it, or its credential is not proven.
    /// </param>
    /// <param name="reason">Why the caller gets a separate call.</param>
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

        // The call has its own copy of the body, and no other copy will be needed.
        context.Body!.Dispose();
        if (await waits.WaitAsync(context, unused, flight, leads) is not { Result: { } result }) return;
        if (StaleIfError.IsBetterThan(result) && await TryStandInAsync(context, unused, result, leads)) return;
        if (result.NotStored == Reason.Oversize) unstored.AddOversize(context.Ticket.FillKey);
        await AnswerAsync(
            context, result, leads, refreshes: false, CacheOutcome.Bypass(reason) with { ForwardStatus = result.ForwardStatus });
    }

    /// <summary>Starts a refresh in the background if a hit's lifetime is nearly over.</summary>
    public void RefreshIfDue(CacheContext context, CacheHit hit)
    {
        if (!refreshing.IsDue(context, hit)) return;
        refreshing.Begin(context, hit, () => context.Body!.TryGetPlain(out var plain).IsReadable()
            ? fills.Of(context, plain, acceptsStored: false)
            : null);
    }

    /// <summary>
    /// In <c>Observe</c> mode: serves ISL's own answer, whatever is stored, and reports how the two compare. No call is shared.
    /// </summary>
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
    /// Serves a stale answer in place of a result, if there is one. If part of the result is still arriving it is closed, also if the
    /// caller leaves meanwhile, since nobody will read it.
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

    /// <summary>Refuses a caller whose call found no room in the buffer budget.</summary>
    private async Task RefuseAsync(CacheContext context, CacheHit? unused)
    {
        var full = FillResult.NotSent(Problems.BuffersFull());
        if (!await staleIfError.TryServeAsync(context, unused, full, wasSent: false)) context.Fail(full.Problem!);
    }

    private static bool TryGetPlain(CacheContext context, out ReadOnlyMemory<byte> plain)
    {
        var decoded = context.Body!.TryGetPlain(out plain);
        if (decoded.IsReadable()) return true;
        context.Fail(BodyProblems.Of(decoded, context.Body, context.Settings.Limits));
        return false;
    }

    /// <summary>
    /// Sharing a fill needs the same proof as a hit. Checked after joining, because the fill's leader is known only then.
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
    /// A known caller does not wait for a call under an unknown credential: not for its place in the queue, and not for an answer that may
    /// be about that credential.
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
        var isShared = result.WasStored || !leads;
        if (isShared && result.Answer is { } shared)
        {
            context.Saved = shared.UpstreamDuration;
            if (context.Settings.Cache.KeepRequests > 0 && result.NotStored == Reason.None && context.Background is null) shared.CountHit();
        }

        if (result.Problem is { } problem)
        {
            context.Fail(problem);
            return;
        }

        if (context.Trace is { } trace && result.NotStored is (Reason.None or Reason.NoRoom)) trace.Answer = result.Answer;
        if (!isShared && result is { Rest: null, Answer: { StatusCode: StatusCodes.Status200OK } own }) context.Computed?.Invoke(own);
        context.Outcome = outcome ?? (
            isShared ? new CacheOutcome(CacheDisposition.Collapsed, ForwardStatus: result.ForwardStatus)
            : result.NotStored != Reason.None
                ? new CacheOutcome(CacheDisposition.Miss, result.NotStored, ForwardStatus: result.ForwardStatus)
            : new CacheOutcome(refreshes ? CacheDisposition.Refreshed : CacheDisposition.Stored));
        if (result.Rest is { } rest) await AnswerWriter.StreamAsync(context, result, rest);
        else await AnswerWriter.WriteAsync(context, result.Answer!, leads ? result.LeaderHeaders : null);
    }
}
