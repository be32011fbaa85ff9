using System.Diagnostics.CodeAnalysis;
using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// The one way to Redis: every command has a budget, one breaker stands before them all, and every trouble with what was sent is counted
/// and given back as a value. Nothing here waits for a connection.
/// </summary>
internal sealed class RedisGate(
    RedisConnection connection,
    RedisHealth health,
    RedisNodes nodes,
    RedisTroubles troubles,
    SettingsMonitor settings,
    TimeProvider time)
{
    /// <summary>A refusal that came within this time has cost nobody anything.</summary>
    private static readonly TimeSpan AtOnce = TimeSpan.FromMilliseconds(10);

    /// <summary>By which a timer may be early: .NET's count by the system's coarse clock, whose step is 1 to 10 ms on Linux.</summary>
    private static readonly TimeSpan TimerTick = TimeSpan.FromMilliseconds(10);

    /// <summary>Whether there is a Redis at all.</summary>
    public bool IsConfigured => health.IsConfigured;

    /// <summary>Whether there is a Redis that neither fails nor refuses, as far as is known.</summary>
    public bool IsWell => health.State == RedisState.Ok && !health.Breaker.IsOpen;

    /// <summary>Which of some names may be asked for just now: all, but for those of a master of a cluster that is in trouble.</summary>
    /// <param name="those">What has names.</param>
    /// <param name="name">The name of one.</param>
    public IReadOnlyList<T> Reachable<T>(IReadOnlyList<T> those, Func<T, string> name) =>
        nodes.IsAnyAway ? [.. those.Where(one => nodes.IsReachable(name(one)))] : those;

    /// <summary>
    /// Runs commands that a request waits for. All that it asks of Redis takes <c>Cache:LookupBudget</c> of silence together, and
    /// <c>Cache:LookupLimit</c> at the most.
    /// </summary>
    /// <param name="names">The names that they are about: who has them is silent, whatever another master of a cluster says.</param>
    /// <param name="ask">Sends them. What it still does when the budget has passed goes unheard.</param>
    /// <param name="asker">The request; null: what is asked has both for itself.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<RedisReply<T>> AskAsync<T>(
        IReadOnlyList<string> names, Func<IDatabase, Task<T>> ask, RedisPatience? asker, CancellationToken cancellationToken)
    {
        var cache = settings.Current.Cache;
        if (asker is null) return await AskAsync(names, ask, cache.LookupBudget, cancellationToken);
        var begunAt = time.GetTimestamp();
        var (reply, silence) = await AskAsync(
            names, ask, cache.LookupBudget - asker.Silence, Longest(cache.LookupBudget) - asker.Waited, cancellationToken);

        // What came in the end may have waited for this process more than for Redis: the next look-up still has its least.
        var (waited, most) = (asker.Waited + time.GetElapsedTime(begunAt), Longest(cache.LookupBudget) - cache.LookupBudget);
        asker.Waited = reply.IsOk && waited > most ? most : waited;
        asker.Silence += silence;
        asker.IsSpent |= !reply.IsOk && waited >= Longest(cache.LookupBudget) - TimerTick;
        return reply;
    }

    /// <summary>Runs commands.</summary>
    /// <param name="names">The names that they are about.</param>
    /// <param name="ask">Sends them. What it still does when the budget has passed goes unheard.</param>
    /// <param name="budget">How long to wait while Redis is silent; the client checks its own time-outs once a second only.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public async ValueTask<RedisReply<T>> AskAsync<T>(
        IReadOnlyList<string> names, Func<IDatabase, Task<T>> ask, TimeSpan budget, CancellationToken cancellationToken) =>
        (await AskAsync(names, ask, budget, Longest(budget), cancellationToken)).Reply;

    /// <summary>
    /// The same for work in the background that paces itself and that no caller waits for: past the breaker, which does not hear of it.
    /// </summary>
    public async ValueTask<RedisReply<T>> AskPacedAsync<T>(
        Func<IDatabase, Task<T>> ask, TimeSpan budget, CancellationToken cancellationToken)
    {
        if (!connection.TryGetDatabase(out var database)) return new RedisReply<T>(default, RedisTrouble.Unavailable);
        var (reply, _, _) = await SendAsync(nodes.All.Alone, ask, database, budget, budget, cancellationToken);
        troubles.Count(reply.Trouble);
        return reply;
    }

    /// <summary>Sends what nobody waits for: a loss of it must be harmless.</summary>
    /// <param name="name">The name that it is about; null: none in particular.</param>
    /// <param name="tell">Sends it.</param>
    public void Tell(string? name, Func<IDatabase, Task> tell)
    {
        if (health.Breaker.IsOpen || (name is not null && !nodes.IsReachable(name))) return;
        if (connection.TryGetDatabase(out var database)) BackgroundTask.Observe(Start(() => tell(database)));
    }

    /// <summary>How long a wait for its turn may be.</summary>
    private TimeSpan Longest(TimeSpan budget) => settings.Current.Cache.LookupLimit is var limit && limit > budget ? limit : budget;

    private async ValueTask<(RedisReply<T> Reply, TimeSpan Silence)> AskAsync<T>(
        IReadOnlyList<string> names, Func<IDatabase, Task<T>> ask, TimeSpan budget, TimeSpan limit, CancellationToken cancellationToken)
    {
        if (!health.IsConfigured) return (new RedisReply<T>(default, RedisTrouble.Unavailable), TimeSpan.Zero);
        if (budget <= TimeSpan.Zero || limit <= TimeSpan.Zero) return (new RedisReply<T>(default, RedisTrouble.Timeout), TimeSpan.Zero);
        var asked = nodes.Of(names);
        if (health.Breaker.IsOpen || Array.Exists(asked, node => node.Breaker.IsOpen) || !connection.TryGetDatabase(out var database))
            return (new RedisReply<T>(default, RedisTrouble.Unavailable), TimeSpan.Zero);
        var begunAt = time.GetTimestamp();
        var (reply, silence, silent) = await SendAsync(asked, ask, database, budget, limit, cancellationToken);
        Judge(reply.Trouble, asked, silent, silence, begunAt);
        troubles.Count(reply.Trouble);
        return (reply, silence);
    }

    private async ValueTask<(RedisReply<T> Reply, TimeSpan Silence, RedisNode Silent)> SendAsync<T>(
        RedisNode[] asked, Func<IDatabase, Task<T>> ask, IDatabase database, TimeSpan budget, TimeSpan limit,
        CancellationToken cancellationToken)
    {
        var asking = Start(() => ask(database));
        if (!asking.IsCompleted) Listen(asking, asked);
        var (silence, silent) = await RedisNode.ForAsync(asked, asking, budget, limit, cancellationToken);
        if (asking.IsCompletedSuccessfully) return (new RedisReply<T>(asking.Result, RedisTrouble.None), TimeSpan.Zero, silent);
        BackgroundTask.Observe(asking);
        cancellationToken.ThrowIfCancellationRequested();
        return (new RedisReply<T>(default, FaultOf(asking)), silence, silent);
    }

    /// <summary>Whatever Redis says to one, all who wait for the same node hear: it is at work. An error is a reply as well.</summary>
    private static void Listen(Task asking, RedisNode[] asked) => asking.ContinueWith(
        static (done, asked) =>
        {
            if (!done.IsCompletedSuccessfully && done.Exception?.InnerException is not RedisServerException) return;
            foreach (var node in (RedisNode[])asked!) node.Hear();
        },
        asked, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

    private void Judge(RedisTrouble trouble, RedisNode[] asked, RedisNode silent, TimeSpan silence, long begunAt)
    {
        switch (trouble)
        {
            // A request may have had little left, or have waited its turn while others were answered: only silence says something of Redis.
            case RedisTrouble.Timeout:
                if (silence < settings.Current.Cache.LookupBudget / 2) break;
                if (silent.IsLost) silent.Breaker.Trip(begunAt);
                else silent.Breaker.Doubt(begunAt);
                break;

            // For a node of a cluster that is gone the client mostly says so at once: nobody waits for it, and the others are there.
            case RedisTrouble.Unavailable:
                if (connection.IsCluster && time.GetElapsedTime(begunAt) <= AtOnce) break;
                foreach (var node in asked)
                {
                    if (asked.Length == 1 || node.IsLost) node.Breaker.Trip(begunAt);
                }

                break;
            default:
                foreach (var node in asked) node.Breaker.Answered();
                break;
        }
    }

    private RedisTrouble FaultOf(Task asking)
    {
        if (!asking.IsCompleted) return RedisTrouble.Timeout;
        health.Refusals.Hear(asking.Exception?.InnerException);
        var trouble = asking.IsCanceled ? RedisTrouble.Unavailable : RedisTroubles.Of(asking.Exception?.InnerException);
        return trouble == RedisTrouble.Unavailable && !asking.IsCanceled && connection.IsUp && !connection.HasPrimary
            ? RedisTrouble.Refused
            : trouble;
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
