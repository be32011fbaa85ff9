using IslGateway.Caching.Keys;
using IslGateway.Redis;

namespace IslGateway.Caching.Sessions;

/// <summary>Keeps this gateway among those that share a Redis, in the background. See <see cref="Membership"/>.</summary>
internal sealed partial class Heartbeat(
    RedisConnection connection,
    RedisSessions redis,
    KeyComposer keys,
    SessionInvalidations invalidations,
    UnfinishedUpdates unfinished,
    Membership membership,
    TimeProvider time,
    ILogger<Heartbeat> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>How often a gateway that is not in looks for a connection; that sends nothing.</summary>
    private static readonly TimeSpan EnterInterval = TimeSpan.FromMilliseconds(25);

    private string? _toldMissing;
    private bool _toldSecret;
    private bool _toldUnexpected;

    /// <summary>Whether this gateway is among the others now.</summary>
    public bool IsIn => membership.IsIn(connection.Breaks);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await TryBeatAsync(stoppingToken);
                await Task.Delay(connection.IsUp && IsIn ? Interval : EnterInterval, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            await LeaveAsync();
        }
    }

    private async Task TryBeatAsync(CancellationToken stoppingToken)
    {
        try
        {
            if (connection.IsUp) await BeatAsync(stoppingToken);
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            if (!_toldUnexpected) LogUnexpected(exception);
            _toldUnexpected = true;
        }
    }

    private async Task BeatAsync(CancellationToken stoppingToken)
    {
        if (!await invalidations.ReplayAsync(isAwaited: false)) return;
        var breaks = connection.Breaks;
        if (membership.Next(keys.SecretMark, breaks) is not { } beat || !invalidations.AreEmpty) return;
        var reply = await redis.BeatAsync(beat, stoppingToken);
        if (!reply.IsOk) return;
        membership.Hear(reply.Value, breaks);
        if (reply.Value.Standing is { } standing) Tell(standing);
    }

    /// <summary>Nothing of this gateway's is left to wait for. Updates still under way will see no second raise from here.</summary>
    private async Task LeaveAsync()
    {
        if (unfinished.Users is { Count: > 0 } users) invalidations.Add(users, unfinished.UnsettledFor);
        if (!await invalidations.ReplayAsync(isAwaited: false)) return;
        membership.Leave();
        await redis.LeaveAsync(membership.Name);
    }

    private void Tell(SessionStanding standing)
    {
        if (standing.StruckOff > 0) LogStruckOff(standing.StruckOff);
        if (standing.HasOtherSecret && !_toldSecret) LogOtherSecret();
        else if (!standing.HasOtherSecret && _toldSecret) LogSameSecret();
        _toldSecret = standing.HasOtherSecret;
        if (standing.Missing == _toldMissing) return;
        if (standing.Missing is { } missing) LogMissing(missing);
        else LogComplete();
        _toldMissing = standing.Missing;
    }

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Session answers are not cached: gateway {Gateway} is missing and may know of updates that Redis does not")]
    private partial void LogMissing(string gateway);

    [LoggerMessage(Level = LogLevel.Information, Message = "Session answers are cached again: no gateway is missing")]
    private partial void LogComplete();

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Gateways that were missing for too long ({Number}) are struck off; session answers begin anew")]
    private partial void LogStruckOff(long number);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "Session answers are not cached here: the gateways that came first have another Cache:KeySecret")]
    private partial void LogOtherSecret();

    [LoggerMessage(Level = LogLevel.Information, Message = "Session answers are cached here again: the gateways have this Cache:KeySecret")]
    private partial void LogSameSecret();

    [LoggerMessage(Level = LogLevel.Error,
        Message = "The heartbeat of this gateway in Redis has failed; it is tried again, session answers are not cached meanwhile")]
    private partial void LogUnexpected(Exception exception);
}
