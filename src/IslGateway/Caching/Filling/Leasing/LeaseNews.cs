using IslGateway.Caching.Keys;
using IslGateway.Caching.Stores;
using StackExchange.Redis;

namespace IslGateway.Caching.Filling.Leasing;

/// <summary>Hears from the gateways' one channel which leases have ended. It may miss some: whoever waits looks by itself in any case.</summary>
internal sealed class LeaseNews(RedisConnection connection, RedisNames names, LeaseSignals signals) : INewsReader
{
    private bool _subscribed;

    /// <summary>Subscribes once there is a connection; the client keeps the subscription over reconnects.</summary>
    public async Task CatchUpAsync(CancellationToken cancellationToken)
    {
        if (_subscribed || !connection.IsUp || connection.Multiplexer is not { } multiplexer) return;
        try
        {
            await multiplexer.GetSubscriber().SubscribeAsync(names.Leases, (_, message) => Hear((byte[]?)message));
            _subscribed = true;
        }
        catch (Exception e) when (e is RedisException or TimeoutException)
        {
            // Not permitted, or away.
        }
    }

    private void Hear(byte[]? message)
    {
        if (message is { Length: Digest.Size }) signals.Raise(Digest.FromBytes(message));
    }
}
