using IslGateway.Telemetry;
using Prometheus;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>Names troubles with Redis and counts them.</summary>
internal sealed class RedisTroubles(GatewayMetrics metrics)
{
    private readonly Counter.Child _timeout = metrics.CacheErrors.WithLabels("redis", "timeout");
    private readonly Counter.Child _unavailable = metrics.CacheErrors.WithLabels("redis", "unavailable");
    private readonly Counter.Child _refused = metrics.CacheErrors.WithLabels("redis", "refused");
    private readonly Counter.Child _garbage = metrics.CacheErrors.WithLabels("redis", "garbage");

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
        }
    }
}
