using System.Threading.Channels;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// The nudge that says "there is something new": by publish and subscribe, which may lose it. What is new stands in Redis, and every gateway
/// looks there by itself in any case (<see cref="RedisNewsReading"/>).
/// </summary>
internal sealed class RedisNews : IChannelListener
{
    private readonly RedisGate _redis;
    private readonly RedisNames _names;

    // Many nudges at once are one.
    private readonly Channel<bool> _nudges = System.Threading.Channels.Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public RedisNews(RedisConnection connection, RedisGate redis, RedisNames names)
    {
        (_redis, _names) = (redis, names);

        // Much may have happened while Redis was away.
        connection.CameUp += () => _nudges.Writer.TryWrite(true);
    }

    public RedisChannel Channel => _names.News;

    /// <summary>Nudges every gateway.</summary>
    public void Publish() => _redis.Tell(database => RedisChannels.PublishAsync(database, _names.News, RedisValue.EmptyString));

    /// <summary>Waits for a nudge.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _nudges.Reader.ReadAsync(cancellationToken);

    public void Hear(byte[]? message) => _nudges.Writer.TryWrite(true);
}
