using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>What kind of Redis there is.</summary>
internal static class RedisTopology
{
    /// <summary>Names that are tried at most, to find one for each master.</summary>
    private const int MostNames = 1_024;

    /// <summary>Whether names are spread over nodes. Known of any node that has been met.</summary>
    public static bool IsCluster(IConnectionMultiplexer multiplexer) =>
        Array.Exists(multiplexer.GetServers(), server => server.ServerType == ServerType.Cluster);

    /// <summary>
    /// Whether commands for different names may be carried out in another order than they were sent: by the nodes of a cluster, or behind a
    /// proxy.
    /// </summary>
    public static bool KeepsNoOrder(IDatabase database) => Array.Exists(
        database.Multiplexer.GetServers(),
        server => server.ServerType is ServerType.Cluster or ServerType.Twemproxy or ServerType.Envoyproxy);

    /// <summary>
    /// For each master of a cluster that is connected, a name that belongs to it; none where that is not known, or there is no cluster.
    /// </summary>
    /// <param name="multiplexer">The connection.</param>
    /// <param name="name">Names to choose from, by their number.</param>
    public static List<string> NamePerMaster(IConnectionMultiplexer multiplexer, Func<int, string> name)
    {
        var connected = multiplexer.GetServers().Where(server => server is { IsConnected: true, ServerType: ServerType.Cluster }).ToList();
        var names = new List<string>();
        if (connected.Find(server => server.ClusterConfiguration is not null)?.ClusterConfiguration is not { } map) return names;
        var masters = map.Nodes.Where(node => !node.IsReplica && node.Slots.Count > 0).Select(node => node.EndPoint).ToHashSet();
        masters.IntersectWith(connected.Select(server => server.EndPoint));
        for (var i = 0; i < MostNames && masters.Count > 0; i++)
        {
            if (masters.Remove(map.GetBySlot(name(i))?.EndPoint)) names.Add(name(i));
        }

        return names;
    }
}
