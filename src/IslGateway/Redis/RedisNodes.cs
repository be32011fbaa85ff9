using System.Net;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// Who has which name, and is silent or in trouble alone: the masters of a cluster, by the map that <see cref="RedisWatch"/> keeps up to
/// date. Without a cluster it is one for all names. Thread-safe; only the watch calls <see cref="Refresh"/>.
/// </summary>
internal sealed class RedisNodes(RedisConnection connection, RedisHealth health, TimeProvider time)
{
    private readonly RedisNode _all = new(time, health.Breaker, () => connection.IsOwedReplies, () => connection.LacksMaster);
    private volatile Map? _map;

    /// <summary>For what belongs to no one in particular.</summary>
    public RedisNode All => _all;

    /// <summary>Whether requests are kept away from all, or from one.</summary>
    public bool IsAnyAway => _all.Breaker.IsOpen || (Known is { } map && map.Nodes.Values.Any(node => node.Breaker.IsOpen));

    /// <summary>One for each that requests go to: done once they are kept away from it.</summary>
    public IEnumerable<Task> Opened =>
        [_all.Breaker.Opened, .. Known is { } map ? map.Nodes.Values.Select(node => node.Breaker.Opened) : []];

    /// <summary>The map, while it is of the connection that is used.</summary>
    private Map? Known => _map is { } map && map.Multiplexer == connection.Multiplexer ? map : null;

    /// <summary>Those that have some names; for none in particular, and where that is not known, <see cref="All"/>.</summary>
    public RedisNode[] Of(IReadOnlyList<string> names)
    {
        if (names.Count == 0 || Known is not { } map) return _all.Alone;
        var first = Of(map, names[0]);
        List<RedisNode>? several = null;
        for (var i = 1; i < names.Count; i++)
        {
            var next = Of(map, names[i]);
            if (several is null ? next != first : !several.Contains(next)) (several ??= [first]).Add(next);
        }

        return several?.ToArray() ?? first.Alone;
    }

    /// <summary>Whether a request may ask for a name.</summary>
    public bool IsReachable(string name) => !_all.Breaker.IsOpen && (Known is not { } map || !Of(map, name).Breaker.IsOpen);

    /// <summary>
    /// Takes in how a cluster has divided its names, and gives a name that belongs to it for each of its masters that is connected; none
    /// where there is no cluster. A map that a silent master gave would not show who has replaced it.
    /// </summary>
    /// <param name="multiplexer">The connection.</param>
    /// <param name="name">Names to choose from, by their number.</param>
    public IReadOnlyList<(RedisNode Node, string Name)> Refresh(IConnectionMultiplexer multiplexer, Func<int, string> name)
    {
        var former = _map is { } map && map.Multiplexer == multiplexer ? map : null;
        var servers = multiplexer.GetServers().Where(server => server.ServerType == ServerType.Cluster).ToList();
        var division = servers.Where(server => server is { IsConnected: true, ClusterConfiguration: not null })
            .OrderBy(server => server.EndPoint is { } at && former?.Nodes.GetValueOrDefault(at)?.Breaker.IsOpen == true)
            .FirstOrDefault()?.ClusterConfiguration;
        if (division is null)
        {
            _map = former;
            return [];
        }

        var nodes = new Dictionary<EndPoint, RedisNode>();
        foreach (var master in division.Nodes.Where(node => !node.IsReplica && node.Slots.Count > 0))
        {
            if (master.EndPoint is not { } at || servers.Find(server => at.Equals(server.EndPoint)) is not { } server) continue;
            nodes[at] = former?.Nodes.GetValueOrDefault(at) ?? new RedisNode(
                time, new RedisBreaker(time), () => server.GetCounters().Interactive.TotalOutstanding > 0, () => !server.IsConnected, _all);
        }

        _map = new Map(multiplexer, division, nodes);
        return [.. RedisTopology.NamePerMaster(division, nodes.Where(node => !node.Value.IsLost).Select(node => node.Key), name)
            .Select(found => (nodes[found.Master], found.Name))];
    }

    private RedisNode Of(Map map, string name) =>
        map.Division.GetBySlot(name)?.EndPoint is { } at && map.Nodes.TryGetValue(at, out var node) ? node : _all;

    private sealed record Map(
        IConnectionMultiplexer Multiplexer, ClusterConfiguration Division, IReadOnlyDictionary<EndPoint, RedisNode> Nodes);
}
