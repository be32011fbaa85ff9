using IslGateway.Settings;
using IslGateway.Telemetry;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// Looks after Redis in the background, so that what is said of it is right without traffic too and no request is spent on finding out:
/// twice a second a small write and a read, at once when a request has met trouble, and often until it has passed; on a cluster on each of
/// its masters, since keys that one of them holds up hold up requests. Tells of each change once.
/// </summary>
internal sealed partial class RedisWatch(
    RedisConnection connection, RedisBreaker breaker, RedisDenial denial, RedisPermissions permissions, RedisGate gate, RedisNames names,
    SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time, ILogger<RedisWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan IntervalInTrouble = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan RecordLife = TimeSpan.FromMinutes(1);

    // One late answer may be a pause of either process.
    private const int LateUntilDown = 2;

    private volatile RedisState _state = RedisState.Down;
    private readonly TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool _wasTold;
    private bool _toldUnexpected;
    private int _late;

    /// <summary>What Redis is now.</summary>
    public RedisState State => connection.IsConfigured ? _state : RedisState.Off;

    /// <summary>Done when Redis has been looked at for the first time.</summary>
    public Task Looked => _looked.Task;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await connection.Attempted.WaitAsync(stoppingToken);
            while (true)
            {
                Judge(await TryLookAsync(stoppingToken));
                _looked.TrySetResult();
                var next = Task.Delay(breaker.IsOpen || !connection.IsUp ? IntervalInTrouble : Interval, time, stoppingToken);
                await (breaker.IsOpen ? next : Task.WhenAny(next, breaker.Opened));
                stoppingToken.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway ends.
        }
    }

    private void Judge(RedisCheckup checkup)
    {
        _late = checkup.Answered ? 0 : _late + 1;
        if (checkup.Answered) connection.SetUp(true);
        else if (_late >= LateUntilDown || !connection.IsConnected) connection.SetUp(false);
        if (!connection.IsUp) breaker.Trip(time.GetTimestamp());
        breaker.Hear(checkup.Prompt);
        if (connection.IsConnected) denial.Forget();

        if (!breaker.IsOpen) Tell(checkup.Refused || permissions.Missing.Count > 0 ? RedisState.Refusing : RedisState.Ok);
        else if (!checkup.Prompt) Tell(!connection.IsConnected && denial.Look() ? RedisState.Denied : RedisState.Down);
    }

    /// <summary>What nobody has thought of is Redis that does not answer, and ends neither the watch nor the gateway.</summary>
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
            return default;
        }
    }

    /// <summary>
    /// Redis is there if any master is, and prompt if all that are connected are. One that is not holds nobody up: it refuses at once.
    /// </summary>
    private async Task<RedisCheckup> LookAsync(CancellationToken stop)
    {
        if (connection.Multiplexer is not { IsConnected: true } multiplexer) return default;
        var watched = RedisTopology.NamePerMaster(multiplexer, names.WatchOf);
        if (watched.Count == 0) watched.Add(names.Watch);
        var looks = await Task.WhenAll(watched.Select(name => LookAsync(multiplexer.GetDatabase(), name, stop)));
        return new RedisCheckup(
            Array.Exists(looks, look => look.Answered),
            Array.TrueForAll(looks, look => look.Prompt),
            Array.Exists(looks, look => look.Refused));
    }

    /// <summary>One round trip: a write to the primary, and a read from wherever lookups read.</summary>
    private async Task<RedisCheckup> LookAsync(IDatabase database, string name, CancellationToken stop)
    {
        var begunAt = time.GetTimestamp();
        var (write, read) = (WriteAsync(database, name), ReadAsync(database, name));
        var both = Task.WhenAll(write, read);
        await ((Task)both).WaitAsync(Patience, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stop.ThrowIfCancellationRequested();

        // Behind a long line of others' questions the watch waits its turn too.
        if (!both.IsCompletedSuccessfully) return new RedisCheckup(Answered: gate.HasHeardWithin(Patience), Prompt: false, Refused: false);
        var answered = IsAnswer(read.Result) && (IsAnswer(write.Result) || !connection.HasPrimary);
        var lookupBudget = settings.Current.Cache.LookupBudget;
        return new RedisCheckup(
            answered,
            answered && time.GetElapsedTime(begunAt) <= (lookupBudget < Patience ? lookupBudget : Patience),
            answered && (write.Result != RedisTrouble.None || read.Result == RedisTrouble.Refused));
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

    private void Tell(RedisState state)
    {
        if (_wasTold && state == _state) return;
        (_wasTold, _state) = (true, state);
        metrics.RedisUp.Set(state is RedisState.Down or RedisState.Denied ? 0 : 1);
        switch (state)
        {
            case RedisState.Down:
                LogDown();
                break;
            case RedisState.Denied:
                LogDenied();
                break;
            case RedisState.Refusing:
                LogRefusing();
                break;
            default:
                LogUp();
                break;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis could not be looked at; it is tried again, and counts as down meanwhile")]
    private partial void LogUnexpected(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis is up")]
    private partial void LogUp();

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Redis answers and refuses to write or to read (full, read-only or not permitted); what it gives is still served")]
    private partial void LogRefusing();

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Redis is down or slower than Cache:LookupBudget; until that has passed, answers are kept in memory only")]
    private partial void LogDown();

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Redis does not accept the user, password or certificate of ConnectionStrings:Redis; "
            + "until it does, answers are kept in memory only")]
    private partial void LogDenied();
}
