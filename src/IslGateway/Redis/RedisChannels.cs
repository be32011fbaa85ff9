using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// Keeps the gateway subscribed to the channels on which gateways nudge each other. Not every Redis has them: a proxy before it may not
/// know them, a user may not be permitted to use them. Then all goes on by looking twice a second, readiness and a metric say so, and now
/// and then it is tried again. The client renews subscriptions after a reconnect and does not tell if that is refused: so it is asked for
/// anew.
/// </summary>
internal sealed class RedisChannels(
    RedisConnection connection, RedisHealth health, RedisNames names, IEnumerable<IChannelListener> listeners, TimeProvider time)
    : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(2);

    /// <summary>Nothing else tells when the right to publish is taken away.</summary>
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromSeconds(10);

    private readonly (IChannelListener Listener, Action<RedisChannel, RedisValue> Handler)[] _listeners =
        [.. listeners.Select(listener => (listener, (Action<RedisChannel, RedisValue>)((_, message) => listener.Hear((byte[]?)message))))];

    private readonly List<(RedisChannel Channel, Action<RedisChannel, RedisValue> Handler)> _subscribed = [];
    private (IConnectionMultiplexer? Multiplexer, int ChannelBreaks, RedisChannel News) _place;
    private bool _isWell;
    private long _triedAt;

    /// <summary>Sends a message that may be lost; where there are no channels, nothing.</summary>
    public static async Task PublishAsync(IDatabase database, RedisChannel channel, RedisValue message)
    {
        try
        {
            await database.PublishAsync(channel, message);
        }
        catch (Exception exception) when (exception is RedisCommandException or RedisServerException or NotSupportedException)
        {
            // Not known to the proxy, or not permitted.
        }
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await KeepAsync();
                await Task.Delay(Interval, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway ends.
        }
    }

    private async Task KeepAsync()
    {
        if (!connection.IsUp || connection.Multiplexer is not { } multiplexer) return;
        var place = (multiplexer, connection.ChannelBreaks, names.News);
        var isSubscribed = place == _place && _isWell;
        if (place == _place && time.GetElapsedTime(_triedAt) < (isSubscribed ? LookAgainAfter : TryAgainAfter)) return;
        (_place, _triedAt) = (place, time.GetTimestamp());
        try
        {
            if (!isSubscribed) await SubscribeAsync(multiplexer.GetSubscriber());

            // A message without content says nothing, and shows whether it may be sent.
            await multiplexer.GetDatabase().PublishAsync(names.Leases, RedisValue.EmptyString);
            Tell(isWell: true);
        }
        catch (Exception exception)
        {
            // Trouble with Redis as a whole is told of elsewhere, and a connection that was lost is tried again.
            if (exception is RedisConnectionException or RedisTimeoutException or TimeoutException or ObjectDisposedException)
                _place = default;
            else
                Tell(isWell: false);
        }
    }

    private async Task SubscribeAsync(ISubscriber subscriber)
    {
        foreach (var (channel, handler) in _subscribed) await UnsubscribeAsync(subscriber, channel, handler);
        _subscribed.Clear();
        foreach (var (listener, handler) in _listeners)
        {
            _subscribed.Add((listener.Channel, handler));
            await subscriber.SubscribeAsync(listener.Channel, handler);
        }
    }

    /// <summary>Takes the handler away also where the subscription was refused: else each attempt would leave one more.</summary>
    private static async Task UnsubscribeAsync(ISubscriber subscriber, RedisChannel channel, Action<RedisChannel, RedisValue> handler)
    {
        try
        {
            await subscriber.UnsubscribeAsync(channel, handler);
        }
        catch (RedisServerException)
        {
            // Not permitted either.
        }
    }

    private void Tell(bool isWell)
    {
        _isWell = isWell;
        health.HearOfChannels(isWell);
    }
}
