namespace IslGateway.Redis;

/// <summary>
/// Waits for what Redis says. What ends a wait is silence: no reply to anybody. While there are replies, whoever waits only waits its turn.
/// Nor is it silence when this process itself did not run, or has the reply and has not come to it yet. Thread-safe.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="isOwedReplies">Whether Redis has still to reply to anything that was sent.</param>
/// <param name="lineUp">Ends once the work that is queued in this process now has begun; null: by way of the thread pool's queue.</param>
internal sealed class ReplyWait(TimeProvider time, Func<bool> isOwedReplies, Func<Task>? lineUp = null)
{
    /// <summary>
    /// A wait that ended so much later than it should have, or a line in this process that took so long, shows that it was this process
    /// that did not run, be it for want of processors or of threads: then the reply may be here unread. Such waits are not counted.
    /// </summary>
    private static readonly TimeSpan Lag = TimeSpan.FromMilliseconds(10);

    /// <summary>What is not counted of a request's waits, in all and about.</summary>
    private static readonly TimeSpan MostOwn = TimeSpan.FromSeconds(2);

    private readonly Func<Task> _lineUp = lineUp ?? (static async () => await Task.Yield());

    private long _heardAt = time.GetTimestamp();

    /// <summary>There was a reply.</summary>
    public void Hear() => Volatile.Write(ref _heardAt, time.GetTimestamp());

    /// <summary>Whether there was a reply to anybody lately.</summary>
    public bool HasHeardWithin(TimeSpan duration) => time.GetElapsedTime(Volatile.Read(ref _heardAt)) < duration;

    /// <summary>Waits for a task; never throws.</summary>
    /// <param name="asking">What is waited for.</param>
    /// <param name="budget">How long there may be silence.</param>
    /// <param name="limit">How long to wait in all; what this process itself took is not counted.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>How long there was silence when the wait was given up; zero if it was not.</returns>
    public async ValueTask<TimeSpan> ForAsync(Task asking, TimeSpan budget, TimeSpan limit, CancellationToken cancellationToken)
    {
        var silentSince = time.GetTimestamp();
        var (left, own) = (limit, TimeSpan.Zero);
        for (var next = Smaller(budget, limit); ;)
        {
            var begunAt = time.GetTimestamp();
            await asking.WaitAsync(next, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (asking.IsCompleted || cancellationToken.IsCancellationRequested) return TimeSpan.Zero;

            // A reply that came before this moment stands in the same line.
            await _lineUp();
            if (asking.IsCompleted) return TimeSpan.Zero;
            var elapsed = time.GetElapsedTime(begunAt);
            if (elapsed >= next + Lag && own < MostOwn)
            {
                own += elapsed;
                silentSince = time.GetTimestamp();
                continue;
            }

            left -= next;
            if (Volatile.Read(ref _heardAt) is var heardAt && heardAt > silentSince) silentSince = heardAt;
            else if (!isOwedReplies()) silentSince = time.GetTimestamp();

            var silence = time.GetElapsedTime(silentSince);
            if (silence >= budget || left <= TimeSpan.Zero) return silence;
            next = Smaller(budget - silence, left);
        }
    }

    private static TimeSpan Smaller(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
