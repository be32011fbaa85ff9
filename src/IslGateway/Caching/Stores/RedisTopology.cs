using StackExchange.Redis;

namespace IslGateway.Caching.Stores;

/// <summary>What kind of Redis there is.</summary>
internal static class RedisTopology
{
    /// <summary>Whether names are spread over nodes, which keep no order among commands for different ones. Known of any node that has been met.</summary>
    public static bool IsCluster(IConnectionMultiplexer multiplexer) => Array.Exists(multiplexer.GetServers(), server => server.ServerType == ServerType.Cluster);

    /// <inheritdoc cref="IsCluster(IConnectionMultiplexer)"/>
    public static bool IsCluster(IDatabase database) => IsCluster(database.Multiplexer);
}
