using System.Diagnostics.CodeAnalysis;
using IslGateway.Journey;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Caching.Stores;

/// <summary>
/// The one way to Redis: every command has a budget, one breaker stands before them all, and every trouble with what was sent is counted
/// and given back as a value. Nothing here waits for a connection.
/// </summary>
internal sealed class RedisGate(RedisConnection connection, RedisBreaker breaker, RedisTroubles troubles, SettingsMonitor settings, TimeProvider time)
{
    /// <summary>
    /// A wait that ended so much later than it should have shows that this process itself did not run, be it for want of processors or of threads:
    /// then the answer may be here unread, and is waited for once more.
    /// </summary>
    private static readonly TimeSpan OwnPause = TimeSpan.FromMilliseconds(25);

    /// <summary>A refusal that came within this time has cost nobody anything.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(10);

    /// <summary>How often that is done for one command.</summary>
    private const int MaxPauses = 2;

    /// <summary>Whether there is a Redis at all.</summary>
    public bool IsConfigured => connection.IsConfigured;

    /// <summary>Runs commands that a request waits for. All that it asks of Redis takes <c>Cache:LookupBudget</c> together.</summary>
    /// <param name="ask">Sends them. What it still does when the budget has passed goes unheard.</param>
    /// <param name="asker">The request; null: what is asked has the whole budget for itself.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<RedisReply<T>> AskAsync<T>(Func<IDatabase, Task<T>> ask, Exchange? asker, CancellationToken cancellationToken)
    {
        var budget = settings.Current.Cache.LookupBudget - (asker?.RedisWait ?? TimeSpan.Zero);
        var begunAt = time.GetTimestamp();
        var reply = await AskAsync(ask, budget > TimeSpan.Zero ? budget : TimeSpan.Zero, cancellationToken);
        if (asker is not null) asker.RedisWait += time.GetElapsedTime(begunAt);
        return reply;
    }

    /// <summary>Runs commands.</summary>
    /// <param name="ask">Sends them. What it still does when the budget has passed goes unheard.</param>
    /// <param name="budget">How long to wait; the client checks its own time-outs once a second only.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<RedisReply<T>> AskAsync<T>(Func<IDatabase, Task<T>> ask, TimeSpan budget, CancellationToken cancellationToken)
    {
        if (!connection.IsConfigured) return new RedisReply<T>(default, RedisTrouble.Unavailable);
        var reply = new RedisReply<T>(default, budget > TimeSpan.Zero ? RedisTrouble.Unavailable : RedisTrouble.Timeout);
        if (budget > TimeSpan.Zero && !breaker.IsOpen && connection.TryGetDatabase(out var database))
        {
            var begunAt = time.GetTimestamp();
            reply = await SendAsync(ask, database, budget, cancellationToken);
            Judge(reply.Trouble, budget, begunAt);
            troubles.Count(reply.Trouble);
        }

        return reply;
    }

    /// <summary>The same for work in the background that paces itself and that no caller waits for: past the breaker, which does not hear of it.</summary>
    public async ValueTask<RedisReply<T>> AskPacedAsync<T>(Func<IDatabase, Task<T>> ask, TimeSpan budget, CancellationToken cancellationToken)
    {
        if (!connection.TryGetDatabase(out var database)) return new RedisReply<T>(default, RedisTrouble.Unavailable);
        var reply = await SendAsync(ask, database, budget, cancellationToken);
        troubles.Count(reply.Trouble);
        return reply;
    }

    /// <summary>Sends what nobody waits for: a loss of it must be harmless.</summary>
    public void Tell(Func<IDatabase, Task> tell)
    {
        if (!breaker.IsOpen && connection.TryGetDatabase(out var database)) Late.Observe(Start(() => tell(database)));
    }

    private async ValueTask<RedisReply<T>> SendAsync<T>(Func<IDatabase, Task<T>> ask, IDatabase database, TimeSpan budget, CancellationToken cancellationToken)
    {
        var asking = Start(() => ask(database));
        for (var waits = 0; waits <= MaxPauses; waits++)
        {
            var begunAt = time.GetTimestamp();
            await ((Task)asking).WaitAsync(budget, time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (asking.IsCompleted || cancellationToken.IsCancellationRequested || time.GetElapsedTime(begunAt) < budget + OwnPause) break;
        }

        if (asking.IsCompletedSuccessfully) return new RedisReply<T>(asking.Result, RedisTrouble.None);
        Late.Observe(asking);
        cancellationToken.ThrowIfCancellationRequested();
        return new RedisReply<T>(default, FaultOf(asking));
    }

    private void Judge(RedisTrouble trouble, TimeSpan budget, long begunAt)
    {
        switch (trouble)
        {
            // A request may have had little left: silence says something of Redis only where it was given time.
            case RedisTrouble.Timeout:
                if (budget < settings.Current.Cache.LookupBudget / 2) break;
                if (connection.LacksMaster) breaker.Trip(begunAt);
                else breaker.Doubt(begunAt);
                break;

            // For a node of a cluster that is gone the client mostly says so at once: nobody waits for it, and the others are there.
            case RedisTrouble.Unavailable:
                if (!connection.IsCluster || time.GetElapsedTime(begunAt) > AtOnce) breaker.Trip(begunAt);
                break;
            default:
                breaker.Answered();
                break;
        }
    }

    private RedisTrouble FaultOf(Task asking)
    {
        if (!asking.IsCompleted) return RedisTrouble.Timeout;
        var trouble = asking.IsCanceled ? RedisTrouble.Unavailable : RedisTroubles.Of(asking.Exception?.InnerException);
        return trouble == RedisTrouble.Unavailable && !asking.IsCanceled && connection.IsUp && !connection.HasPrimary ? RedisTrouble.Refused : trouble;
    }

    [SuppressMessage("Design", "CA1031", Justification = "The client throws some of its failures before there is a task.")]
    private static TTask Start<TTask>(Func<TTask> command, Func<Exception, TTask> failed) where TTask : Task
    {
        try
        {
            return command();
        }
        catch (Exception exception)
        {
            return failed(exception);
        }
    }

    private static Task<T> Start<T>(Func<Task<T>> command) => Start(command, Task.FromException<T>);

    private static Task Start(Func<Task> command) => Start(command, Task.FromException);
}
