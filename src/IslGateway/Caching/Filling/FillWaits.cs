using IslGateway.Caching.Answers;
using IslGateway.Caching.Credentials;
using IslGateway.Outcomes;

namespace IslGateway.Caching.Filling;

/// <summary>
/// Waits with a caller for a fill: until its deadline, or where a stored answer may stand in, no longer than <c>Cache:StaleAfter</c>. The fill goes
/// on for those who ask later. Time in the queue counts like time at ISL.
/// </summary>
internal sealed class FillWaits(StandIn standIn, CredentialGate credentials, TimeProvider time)
{
    /// <summary>Begins to count a caller's wait for ISL, over all the fills that it comes to wait for.</summary>
    public void Begin(CacheContext context, CacheHit? stored)
    {
        if (context.Ticket.WaitsSince is not null) return;
        context.Ticket.WaitsSince = time.GetTimestamp();

        // Whether it may have what is stored is asked while ISL computes, and not on top of that.
        if (IsBounded(context) && StandIn.Concerns(context, stored)) credentials.BeginCheck(context, context.Ticket.Credential);
    }

    /// <summary>Waits for a fill.</summary>
    /// <param name="context">The caller's request.</param>
    /// <param name="stored">What was stored when ISL was asked.</param>
    /// <param name="fill">The fill, of which the caller is one who waits; it has left it unless there is a result.</param>
    /// <param name="leads">Whether it has started it.</param>
    public async Task<FillWait> WaitAsync(CacheContext context, CacheHit? stored, Fill fill, bool leads)
    {
        Begin(context, stored);
        var isIn = true;
        try
        {
            if (LimitOf(context, stored, fill) is { } limit && limit < context.Left(context.Ticket.Deadline))
            {
                var waits = limit > TimeSpan.Zero;
                if (await EndsWithinAsync(fill, waits ? limit : TimeSpan.Zero, context.Http.RequestAborted)) return Ended();
                var late = await standIn.FindLateAsync(context, stored);
                if (fill.Completion.IsCompleted) return Ended();
                if (late is { } hit)
                {
                    Leave(goesOn: true);
                    var wasSent = waits && fill.HasBegun;
                    if (wasSent) context.Upstream = time.GetElapsedTime(context.Ticket.WaitsSince!.Value);
                    await StandIn.WriteAsync(context, hit, wasSent, status: null);
                    return FillWait.Over;
                }

                if (fill.BackgroundSince is not null)
                {
                    fill.Close();
                    return FillWait.InVain;
                }
            }

            if (await EndsWithinAsync(fill, context.Left(context.Ticket.Deadline), context.Http.RequestAborted)) return Ended();
            Leave(goesOn: false);
            if (!await standIn.TryServeAsync(context, stored, failed: null, fill.HasBegun)) context.Fail(Problems.DeadlinePassed(context.Ticket.Deadline));
            return FillWait.Over;
        }
        finally
        {
            if (isIn) Leave(goesOn: false);
        }

        FillWait Ended()
        {
            isIn = false;
            return new FillWait(fill.Completion.Result, IsOver: false);
        }

        void Leave(bool goesOn)
        {
            isIn = false;
            fill.Leave(leads, goesOn);
        }
    }

    /// <summary>
    /// How long to wait before something else is done; null: until the deadline. A refresh in the background holds up nobody: its time counts from
    /// when it was begun, whether or not there is an answer to give instead.
    /// </summary>
    private TimeSpan? LimitOf(CacheContext context, CacheHit? stored, Fill fill) =>
        !IsBounded(context) ? null
        : fill.BackgroundSince is { } since ? context.Settings.Cache.StaleAfter - time.GetElapsedTime(since)
        : StandIn.Concerns(context, stored) ? context.Settings.Cache.StaleAfter - time.GetElapsedTime(context.Ticket.WaitsSince!.Value)
        : null;

    private static bool IsBounded(CacheContext context) => context.Settings.Cache.StaleAfter != Timeout.InfiniteTimeSpan;

    private async Task<bool> EndsWithinAsync(Fill fill, TimeSpan wait, CancellationToken cancellationToken)
    {
        try
        {
            await fill.Completion.WaitAsync(wait, time, cancellationToken);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
