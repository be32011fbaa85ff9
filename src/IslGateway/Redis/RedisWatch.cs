using IslGateway.Settings;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// Looks at Redis in the background, so that <see cref="RedisHealth"/> is right without traffic too and no request is spent on finding out:
/// twice a second a small write and a read, at once when a request has met trouble, and often until it has passed; on a cluster on each of
/// its masters, since keys that one of them holds up hold up requests.
/// </summary>
internal sealed partial class RedisWatch(
    RedisConnection connection, RedisHealth health, RedisNodes nodes, RedisNames names, SettingsMonitor settings, TimeProvider time,
    ILogger<RedisWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan IntervalInTrouble = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LeastPatience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RecordLife = TimeSpan.FromMinutes(1);

    private readonly RedisDenial _denial = new(settings, time);
    private bool _toldUnexpected;

    /// <summary>No shorter than a request's.</summary>
    private TimeSpan Patience => settings.Current.Cache.LookupBudget is var budget && budget > LeastPatience ? budget : LeastPatience;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await connection.Attempted.WaitAsync(stoppingToken);
            while (true)
            {
                health.Hear(await TryLookAsync(stoppingToken));
                var next = Task.Delay(nodes.IsAnyAway || !connection.IsUp ? IntervalInTrouble : Interval, time, stoppingToken);
                await (nodes.IsAnyAway ? next : Task.WhenAny([next, .. nodes.Opened]));
                stoppingToken.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway ends.
        }
    }

    /// <summary>An unexpected exception counts as a Redis that does not answer, and ends neither the watch nor the gateway.</summary>
    private async Task<RedisCheckup> TryLookAsync(CancellationToken stop)
    {
        try
        {
            return await LookAsync(stop);
        }
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            if (!_toldUnexpected) LogUnexpected(exception);
            _toldUnexpected = true;
            return new RedisCheckup { IsConnected = connection.IsConnected };
        }
    }

    /// <summary>
    /// Redis is there if any master is. One that is silent or late is looked at, and kept away from, by itself; one that is not connected
    /// holds nobody up.
    /// </summary>
    private async Task<RedisCheckup> LookAsync(CancellationToken stop)
    {
        if (connection.Multiplexer is not { IsConnected: true } multiplexer) return new RedisCheckup { IsDenied = _denial.Look() };
        _denial.Forget();
        var watched = nodes.Refresh(multiplexer, names.WatchOf);
        if (watched.Count == 0) watched = [(nodes.All, names.Watch)];
        var looking = watched.Select(one => (one.Node, Look: one.Node.LookOnce(
            () => LookAsync(multiplexer.GetDatabase(), one.Node, one.Name, stop)))).ToList();
        var ended = Task.WhenAll(looking.Select(one => one.Look));
        if (looking.Count > 1) await Task.WhenAny(ended, Task.Delay(IntervalInTrouble, time, stop));
        await Task.WhenAny(looking.Select(one => one.Look));
        var looks = await Task.WhenAll(looking.Select(one => one.Look).Where(look => look.IsCompleted));
        var masters = RedisTopology.IsCluster(multiplexer) ? Array.FindAll(multiplexer.GetServers(), server => !server.IsReplica) : [];
        return new RedisCheckup
        {
            IsConnected = connection.IsConnected,
            Answered = Array.Exists(looks, look => look.Answered),
            Prompt = Array.Exists(looks, look => look.Prompt),
            Refused = Array.Exists(looks, look => look.Refused),
            Masters = masters.Length,
            MastersAway = masters.Count(master => !master.IsConnected)
                + looking.Count(one => one.Look.IsCompleted ? !one.Look.Result.Answered : one.Node.Breaker.IsOpen),
        };
    }

    /// <summary>A master of a cluster hears of what was found of it at once, and waits for no other.</summary>
    private async Task<RedisCheckup> LookAsync(IDatabase database, RedisNode node, string name, CancellationToken stop)
    {
        var look = await LookAtAsync(database, node, name, stop);
        if (node != nodes.All) node.Hear(look);
        return look;
    }

    /// <summary>One round trip: a write to the primary, and a read from wherever lookups read.</summary>
    private async Task<RedisCheckup> LookAtAsync(IDatabase database, RedisNode node, string name, CancellationToken stop)
    {
        var (begunAt, patience, lookupBudget) = (time.GetTimestamp(), Patience, settings.Current.Cache.LookupBudget);
        var (write, read) = (WriteAsync(database, name), ReadAsync(database, name));
        var both = Task.WhenAll(write, read);
        await ((Task)both).WaitAsync(patience, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();

        // Behind a long line of others' questions the watch waits its turn too.
        if (!both.IsCompletedSuccessfully) return new RedisCheckup { Answered = node.Replies.HasHeardWithin(patience) };
        var answered = IsAnswer(read.Result) && (IsAnswer(write.Result) || !connection.HasPrimary);
        return new RedisCheckup
        {
            Answered = answered,
            Prompt = answered && time.GetElapsedTime(begunAt) <= lookupBudget,
            Refused = answered && (write.Result != RedisTrouble.None || read.Result == RedisTrouble.Refused),
        };
    }

    private static async Task<RedisTrouble> WriteAsync(IDatabase database, string name)
    {
        try
        {
            await database.StringSetAsync(name, RedisRecord.Encode(name, []), RecordLife, When.Always, CommandFlags.DemandMaster);
            return RedisTrouble.None;
        }
        catch (Exception exception)
        {
            return RedisTroubles.Of(exception);
        }
    }

    private static async Task<RedisTrouble> ReadAsync(IDatabase database, string name)
    {
        try
        {
            await database.StringGetAsync(name);
            return RedisTrouble.None;
        }
        catch (Exception exception)
        {
            return RedisTroubles.Of(exception);
        }
    }

    private static bool IsAnswer(RedisTrouble trouble) => trouble is RedisTrouble.None or RedisTrouble.Refused or RedisTrouble.Garbage;

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis could not be looked at; it is tried again, and counts as down meanwhile")]
    private partial void LogUnexpected(Exception exception);
}
