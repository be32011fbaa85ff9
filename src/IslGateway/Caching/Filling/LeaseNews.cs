using IslGateway.Content;
using IslGateway.Redis;
using StackExchange.Redis;

namespace IslGateway.Caching.Filling;

/// <summary>Hears which leases have ended. It may miss some: whoever waits looks by itself in any case.</summary>
internal sealed class LeaseNews(RedisNames names, LeaseSignals signals) : IChannelListener
{
    public RedisChannel Channel => names.Leases;

    public void Hear(byte[]? message)
    {
        if (message is { Length: Digest.Size }) signals.Raise(Digest.FromBytes(message));
    }
}
