using StackExchange.Redis;

namespace IslGateway.Caching.Stores;

/// <summary>What kind of Redis there is.</summary>
internal static class RedisTopology
{
    /// <summary>Whether names are spread over nodes, which keep no order among commands for different ones. Known of any node that has been met.</summary>
    public static bool IsCluster(IDatabase database) => Array.Exists(database.Multiplexer.GetServers(), server => server.ServerType == ServerType.Cluster);
}
