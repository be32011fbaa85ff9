using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Outcomes;
using IslGateway.Telemetry;

namespace IslGateway.Caching.Filling;

/// <summary>
/// Waits with a caller for a fill: until the caller's deadline or, where a stored answer may stand in, no longer than
/// <c>Cache:StaleAfter</c>. The fill goes on afterwards. Time in the queue counts like time at ISL.
/// </summary>
internal sealed class FlightWaits(StaleIfError staleIfError, CredentialVerifier credentials, TimeProvider time)
{
    /// <summary>Starts the clock of a caller's wait for ISL, over all fills that it may wait for.</summary>
    public void Begin(CacheContext context, CacheHit? stored)
    {
        if (context.Ticket.WaitsSince is not null) return;
        context.Ticket.WaitsSince = time.GetTimestamp();

        // Checks meanwhile, and not after ISL has taken too long, whether the caller may have what is stored.
        if (IsBounded(context) && StaleIfError.Concerns(context, stored)) credentials.BeginCheck(context, context.Ticket.Credential);
    }

    /// <summary>Waits for a fill.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="stored">What was stored when ISL was asked.</param>
    /// <param name="flight">The fill, which the caller has joined; on return it has left it, unless there is a result.</param>
    /// <param name="leads">Whether the caller started the fill.</param>
    public async Task<FlightWait> WaitAsync(CacheContext context, CacheHit? stored, Flight flight, bool leads)
    {
        Begin(context, stored);
        var (isIn, since) = (true, time.GetTimestamp());
        var ending = leads ? flight.LeadersCompletion : flight.Completion;
        try
        {
            if (LimitOf(context, stored, flight) is { } limit && limit < context.Left(context.Ticket.Deadline))
            {
                var waits = limit > TimeSpan.Zero;
                if (await EndsWithinAsync(ending, waits ? limit : TimeSpan.Zero, context.Http.RequestAborted)) return Ended();
                var late = await staleIfError.FindLateAsync(context, stored);
                if (flight.Completion.IsCompleted) return Ended();
                if (late is { } hit)
                {
                    Leave(goesOn: true);
                    var wasSent = waits && flight.HasBegun;
                    if (wasSent) context.Upstream = time.GetElapsedTime(context.Ticket.WaitsSince!.Value);
                    await StaleIfError.WriteAsync(context, hit, wasSent, status: null);
                    return FlightWait.Over;
                }

                if (flight.BackgroundSince is not null)
                {
                    flight.Close();
                    return FlightWait.GivenUp;
                }
            }

            if (await EndsWithinAsync(ending, context.Left(context.Ticket.Deadline), context.Http.RequestAborted)) return Ended();
            Leave(goesOn: false);
            if (!await staleIfError.TryServeAsync(context, stored, failed: null, flight.HasBegun))
                context.Fail(Problems.DeadlinePassed(context.Ticket.Deadline));
            return FlightWait.Over;
        }
        finally
        {
            if (isIn) Leave(goesOn: false);
            var (queued, waited) = (flight.QueuedFor(time), time.GetElapsedTime(since));
            context.Queued += queued < waited ? queued : waited;
            if (!leads) GatewayActivity.Link(flight.Span);
        }

        FlightWait Ended()
        {
            isIn = false;
            return new FlightWait(flight.Completion.Result, IsOver: false);
        }

        void Leave(bool goesOn)
        {
            isIn = false;
            flight.Leave(leads, goesOn);
        }
    }

    /// <summary>
    /// How long to wait before serving something else; null: until the deadline. Nobody waits long for a background refresh: its time
    /// counts from its beginning, whether or not a stored answer could be served.
    /// </summary>
    private TimeSpan? LimitOf(CacheContext context, CacheHit? stored, Flight flight) =>
        !IsBounded(context) ? null
        : flight.BackgroundSince is { } since ? context.Settings.Cache.StaleAfter - time.GetElapsedTime(since)
        : StaleIfError.Concerns(context, stored) ? context.Settings.Cache.StaleAfter - time.GetElapsedTime(context.Ticket.WaitsSince!.Value)
        : null;

    private static bool IsBounded(CacheContext context) => context.Settings.Cache.StaleAfter != Timeout.InfiniteTimeSpan;

    private async Task<bool> EndsWithinAsync(Task ending, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            await ending.WaitAsync(wait, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
