using System.Net;
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

    /// <summary>For each of some masters of a cluster, a name that belongs to it; none for one to which none was found.</summary>
    /// <param name="division">How the cluster has divided its names.</param>
    /// <param name="masters">Where they are.</param>
    /// <param name="name">Names to choose from, by their number.</param>
    public static List<(EndPoint Master, string Name)> NamePerMaster(
        ClusterConfiguration division, IEnumerable<EndPoint> masters, Func<int, string> name)
    {
        var (left, names) = (masters.ToHashSet(), new List<(EndPoint, string)>());
        for (var i = 0; i < MostNames && left.Count > 0; i++)
        {
            if (division.GetBySlot(name(i))?.EndPoint is { } master && left.Remove(master)) names.Add((master, name(i)));
        }

        return names;
    }
}
