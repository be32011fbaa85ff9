using IslGateway.Redis.Sealing;
using IslGateway.Telemetry;
using Microsoft.Extensions.Logging.Abstractions;
using Prometheus;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>Names troubles with Redis and counts them.</summary>
/// <param name="metrics">Count them.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Says what somebody should look into.</param>
internal sealed partial class RedisTroubles(GatewayMetrics metrics, TimeProvider? time = null, ILogger<RedisTroubles>? logger = null)
{
    /// <summary>As long as it goes on, it is said so often.</summary>
    private static readonly TimeSpan SayAgainAfter = TimeSpan.FromMinutes(10);

    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly ILogger _logger = logger ?? NullLogger<RedisTroubles>.Instance;
    private readonly Counter.Child _timeout = metrics.CacheErrors.WithLabels("redis", "timeout");
    private readonly Counter.Child _unavailable = metrics.CacheErrors.WithLabels("redis", "unavailable");
    private readonly Counter.Child _refused = metrics.CacheErrors.WithLabels("redis", "refused");
    private readonly Counter.Child _garbage = metrics.CacheErrors.WithLabels("redis", "garbage");
    private readonly Counter.Child _unsealed = metrics.CacheErrors.WithLabels("redis", "unsealed");
    private readonly Counter.Child _unknownKey = metrics.CacheErrors.WithLabels("redis", "unknown-key");
    private readonly Counter.Child _altered = metrics.CacheErrors.WithLabels("redis", "altered");
    private long _saidAltered;

    public static RedisTrouble Of(Exception? exception) => exception switch
    {
        null => RedisTrouble.None,
        TimeoutException => RedisTrouble.Timeout,
        RedisServerException { Kind: RedisErrorKind.WrongType } => RedisTrouble.Garbage,

        // From within a script, an older Redis puts it last.
        RedisServerException { Message: var said } when said.Contains("WRONGTYPE", StringComparison.Ordinal) => RedisTrouble.Garbage,
        RedisServerException { Kind: RedisErrorKind.Loading or RedisErrorKind.ClusterDown or RedisErrorKind.MasterDown } =>
            RedisTrouble.Unavailable,
        RedisServerException or RedisCommandException => RedisTrouble.Refused,
        _ => RedisTrouble.Unavailable,
    };

    public static RedisTrouble Of(SealVerdict verdict) => verdict switch
    {
        SealVerdict.Opened => RedisTrouble.None,
        SealVerdict.Unsealed => RedisTrouble.Unsealed,
        SealVerdict.UnknownKey => RedisTrouble.UnknownKey,
        _ => RedisTrouble.Altered,
    };

    public void Count(RedisTrouble trouble)
    {
        switch (trouble)
        {
            case RedisTrouble.Timeout:
                _timeout.Inc();
                break;
            case RedisTrouble.Unavailable:
                _unavailable.Inc();
                break;
            case RedisTrouble.Refused:
                _refused.Inc();
                break;
            case RedisTrouble.Garbage:
                _garbage.Inc();
                break;
            case RedisTrouble.Unsealed:
                _unsealed.Inc();
                break;
            case RedisTrouble.UnknownKey:
                _unknownKey.Inc();
                break;
            case RedisTrouble.Altered:
                _altered.Inc();
                SayAltered();
                break;
        }
    }

    /// <summary>Of many at once, one is told.</summary>
    private void SayAltered()
    {
        var (now, said) = (Math.Max(1, _time.GetTimestamp()), Volatile.Read(ref _saidAltered));
        if (said != 0 && _time.GetElapsedTime(said, now) < SayAgainAfter) return;
        if (Interlocked.CompareExchange(ref _saidAltered, now, said) == said) LogAltered(_logger);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Redis holds values that claim to be sealed with a key of Cache:EncryptionKeys and are not, or stand under another name. They are "
        + "not used, and counted in isl_gateway_cache_errors_total as altered. Somebody may be writing to Redis")]
    private static partial void LogAltered(ILogger logger);
}
