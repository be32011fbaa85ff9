using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// Hears what gateways say on one of their channels. It may miss some: what counts stands in Redis and is looked for in any case.
/// </summary>
internal interface IChannelListener
{
    RedisChannel Channel { get; }

    /// <summary>Never throws, and is quick: the connection waits for it.</summary>
    void Hear(byte[]? message);
}
