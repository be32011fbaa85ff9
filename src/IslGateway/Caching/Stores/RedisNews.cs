using System.Threading.Channels;
using StackExchange.Redis;

namespace IslGateway.Caching.Stores;

/// <summary>
/// The nudge that says "there is something new": by publish and subscribe, which may lose it. What is new stands in Redis, and every gateway
/// looks there by itself in any case (<see cref="RedisNewsReading"/>).
/// </summary>
internal sealed class RedisNews
{
    private readonly RedisConnection _connection;
    private readonly RedisGate _redis;
    private readonly RedisNames _names;

    // Many nudges at once are one.
    private readonly Channel<bool> _nudges = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private bool _subscribed;

    public RedisNews(RedisConnection connection, RedisGate redis, RedisNames names)
    {
        (_connection, _redis, _names) = (connection, redis, names);

        // Much may have happened while Redis was away.
        connection.CameUp += () => _nudges.Writer.TryWrite(true);
    }

    /// <summary>Nudges every gateway.</summary>
    public void Publish() => _redis.Tell(database => database.PublishAsync(_names.News, RedisValue.EmptyString, CommandFlags.FireAndForget));

    /// <summary>Waits for a nudge.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _nudges.Reader.ReadAsync(cancellationToken);

    /// <summary>Subscribes once there is a connection; the client keeps the subscription over reconnects.</summary>
    public async Task SubscribeAsync()
    {
        if (_subscribed || !_connection.IsUp || _connection.Multiplexer is not { } multiplexer) return;
        try
        {
            await multiplexer.GetSubscriber().SubscribeAsync(_names.News, (_, _) => _nudges.Writer.TryWrite(true));
            _subscribed = true;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            // Not permitted, or away: looking now and then has to do.
        }
    }
}
