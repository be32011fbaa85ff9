using IslGateway.Telemetry;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// Compares this machine's clock with Redis's. Nothing that is served depends on how they agree, but logs, certificates and dates in
/// headers do: so it is measured, and told when it changes from right to wrong or back.
/// </summary>
internal sealed partial class RedisClock(RedisConnection connection, GatewayMetrics metrics, TimeProvider time, ILogger<RedisClock> logger)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>An answer that took longer says too little.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    /// <summary>Wrong from here on, by seconds, and right again only below the other.</summary>
    private static readonly (double Wrong, double Right) Limits = (1, 0.5);

    /// <summary>The end of the year 9999.</summary>
    private const long MaxSeconds = 253_402_300_799;

    private bool _isWrong;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (true)
        {
            await LookAsync(stoppingToken);
            await Task.Delay(Interval, time, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested) return;
        }
    }

    private async Task LookAsync(CancellationToken stop)
    {
        if (!connection.TryGetDatabase(out var database)) return;
        var (begunAt, here) = (time.GetTimestamp(), time.GetUtcNow());
        try
        {
            var asking = database.ExecuteAsync("TIME", [], CommandFlags.DemandMaster);
            BackgroundTask.Observe(asking);
            var there = ReadTime((RedisValue[]?)await asking.WaitAsync(Patience, time, stop));
            var took = time.GetElapsedTime(begunAt);
            if (there is { } redis && took <= Patience) Judge((here + (took / 2) - redis).TotalSeconds, took.TotalSeconds / 2);
        }
        catch (Exception)
        {
            // It is not there, or has no such command, or may not tell: what is known stays known.
        }
    }

    private void Judge(double skew, double error)
    {
        metrics.ClockSkew.Set(skew);
        if (!_isWrong && Math.Abs(skew) - error > Limits.Wrong)
        {
            _isWrong = true;
            LogWrong(skew);
        }
        else if (_isWrong && Math.Abs(skew) + error < Limits.Right)
        {
            _isWrong = false;
            LogRight(skew);
        }
    }

    /// <summary>Seconds and microseconds since 1970.</summary>
    private static DateTimeOffset? ReadTime(RedisValue[]? reply) =>
        reply is [var seconds, var micro]
        && seconds.TryParse(out long whole)
        && micro.TryParse(out long part)
        && whole is > 0 and < MaxSeconds
            ? DateTimeOffset.FromUnixTimeSeconds(whole) + TimeSpan.FromMicroseconds(part)
            : null;

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "This machine's clock and Redis's are {Skew:0.0} s apart (above 0: this one is ahead); "
        + "answers do not depend on it, but dates in logs and certificates do")]
    private partial void LogWrong(double skew);

    [LoggerMessage(Level = LogLevel.Information, Message = "This machine's clock agrees with Redis's again ({Skew:0.0} s apart)")]
    private partial void LogRight(double skew);
}
