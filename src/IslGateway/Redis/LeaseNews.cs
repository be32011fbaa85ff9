using IslGateway.Content;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>Hears which leases have ended. It may miss some: whoever waits looks by itself in any case.</summary>
internal sealed class LeaseNews(RedisNames names, LeaseSignals signals) : IChannelListener
{
    public RedisChannel Channel => names.Leases;

    public void Hear(byte[]? message)
    {
        if (message is { Length: Digest.Size }) signals.Raise(Digest.FromBytes(message));
    }
}
