using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Redis;

/// <summary>
/// Whether Redis is well: the one place that knows, and tells each change once. The connection, the commands of requests
/// (<see cref="RedisGate"/>), the watch (<see cref="RedisWatch"/>) and the channels say here what they meet; readiness, metrics and
/// whoever needs Redis ask here. Thread-safe.
/// </summary>
internal sealed partial class RedisHealth(
    SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time, ILogger<RedisHealth> logger)
{
    /// <summary>One late answer may be a pause of either process.</summary>
    private const int LateUntilDown = 2;

    /// <summary>A master whose connection is made anew is away for a moment.</summary>
    private static readonly TimeSpan AwayUntilTold = TimeSpan.FromMilliseconds(500);

    private readonly TaskCompletionSource _looked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private volatile RedisState _state = RedisState.Down;
    private volatile bool _answers;
    private volatile bool _hasNoChannels;
    private volatile bool _isOutdated;
    private bool _wasTold;
    private int _late;
    private long? _awaySince;
    private volatile bool _toldAway;

    /// <summary>Redis answers, at first or again, or another connection to it has taken over.</summary>
    public event Action? CameUp;

    /// <summary>
    /// Whether there is a Redis at all; without, the memory tier is alone. Does not change: what Redis is needed for is chosen at start.
    /// </summary>
    public bool IsConfigured { get; } = settings.Current.RedisConnectionString is not null;

    /// <summary>What Redis is now.</summary>
    public RedisState State => IsConfigured ? _state : RedisState.Off;

    /// <summary>Whether Redis answered the watch lately, be it slowly.</summary>
    public bool Answers => _answers;

    /// <summary>Whether the former connection still serves, since the new one cannot be made.</summary>
    public bool IsOutdated => _isOutdated;

    /// <summary>Keeps requests away while there is trouble.</summary>
    public RedisBreaker Breaker { get; } = new(time);

    /// <summary>The commands that Redis has lately not permitted to the gateway.</summary>
    public RedisRefusals Refusals { get; } = new(time);

    /// <summary>Done when Redis has been looked at for the first time.</summary>
    public Task Looked => _looked.Task;

    /// <summary>What the watch has found.</summary>
    public void Hear(RedisCheckup checkup)
    {
        bool cameUp;
        lock (_gate)
        {
            var answered = _answers;
            _late = checkup.Answered ? 0 : _late + 1;
            if (checkup.Answered) _answers = true;
            else if (_late >= LateUntilDown || !checkup.IsConnected) _answers = false;
            cameUp = _answers && !answered;
            if (!_answers) Breaker.Trip(time.GetTimestamp());
            Breaker.Hear(checkup.Prompt);
            if (!Breaker.IsOpen) Tell(checkup.Refused || Refusals.Commands.Count > 0 ? RedisState.Refusing : RedisState.Ok);
            else if (!checkup.Prompt) Tell(checkup.IsDenied ? RedisState.Denied : RedisState.Down);
            if (_answers && checkup.Masters > 0) TellMasters(checkup.Masters, checkup.MastersAway);
        }

        if (cameUp) CameUp?.Invoke();
        _looked.TrySetResult();
    }

    /// <summary>The connection string has changed, and no connection can be made by the new one: the former still serves.</summary>
    public void BeOutdated() => _isOutdated = true;

    /// <summary>Another connection has taken over from the former one.</summary>
    public void BeRenewed()
    {
        _isOutdated = false;
        if (_answers) CameUp?.Invoke();
    }

    /// <summary>Whether Redis carries messages between gateways.</summary>
    public void HearOfChannels(bool areThere)
    {
        metrics.RedisChannelsUp.Set(areThere ? 1 : 0);
        if (!areThere && !_hasNoChannels) LogNoChannels();
        else if (areThere && _hasNoChannels) LogChannelsBack();
        _hasNoChannels = !areThere;
    }

    /// <summary>
    /// What an operator should mend about Redis, each in a sentence. None of it keeps the gateway from serving, and all of it heals by
    /// itself once it is mended.
    /// </summary>
    public List<string> Warnings()
    {
        var warnings = new List<string>();
        if (State == RedisState.Denied)
            warnings.Add("Redis does not accept the user, password or certificate of ConnectionStrings:Redis.");
        if (_isOutdated)
            warnings.Add("ConnectionStrings:Redis has changed and gives no connection yet: the one before it is still used.");
        if (Refusals.Commands is { Count: > 0 } refused)
            warnings.Add($"Redis does not permit the gateway to use {string.Join(", ", refused)}.");
        if (_toldAway && _answers)
            warnings.Add("A part of the cluster's masters is away: what they hold is not found until they are back.");
        if (_hasNoChannels && _answers)
            warnings.Add("Redis carries no messages between gateways (publish and subscribe): each looks twice a second instead.");
        return warnings;
    }

    private void Tell(RedisState state)
    {
        if (_wasTold && state == _state) return;
        (_wasTold, _state) = (true, state);
        metrics.RedisUp.Set(state is RedisState.Down or RedisState.Denied ? 0 : 1);
        if (state == RedisState.Down) LogDown();
        else if (state == RedisState.Denied) LogDenied();
        else if (state == RedisState.Refusing) LogRefusing();
        else LogUp();
    }

    /// <summary>With one master of a cluster away Redis is up and a part of the keys is not: nothing else would tell of it.</summary>
    private void TellMasters(int all, int away)
    {
        _awaySince = away == 0 ? null : _awaySince ?? time.GetTimestamp();
        if (_awaySince is { } since && !_toldAway && time.GetElapsedTime(since) >= AwayUntilTold)
        {
            _toldAway = true;
            LogAway(away, all);
        }
        else if (away == 0 && _toldAway)
        {
            _toldAway = false;
            LogWhole(all);
        }
    }

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

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Redis: {Away} of the cluster's {All} masters are away; until they are back, what they hold is not found")]
    private partial void LogAway(int away, int all);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis: the cluster's {All} masters are all there again")]
    private partial void LogWhole(int all);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Redis carries no messages between gateways (publish and subscribe: not permitted, or unknown to a proxy); "
        + "each looks twice a second instead")]
    private partial void LogNoChannels();

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis carries messages between gateways again")]
    private partial void LogChannelsBack();
}
