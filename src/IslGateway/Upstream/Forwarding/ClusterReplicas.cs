using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace IslGateway.Upstream.Forwarding;

/// <summary>The replicas that YARP has now: the configured addresses, or those that DNS gave.</summary>
internal sealed class ClusterReplicas(IProxyStateLookup proxy) : IReplicaSource
{
    private volatile Snapshot _last = new([], []);

    public IReadOnlyList<(string Id, Uri Address, string? Host)> Replicas
    {
        get
        {
            if (!proxy.TryGetCluster(UpstreamCluster.Id, out var cluster)) return [];
            var destinations = cluster.DestinationsState.AllDestinations;
            var last = _last;
            if (!ReferenceEquals(destinations, last.Destinations)) _last = last = Take(destinations);
            return last.Replicas;
        }
    }

    private static Snapshot Take(IReadOnlyList<DestinationState> destinations) => new(
        destinations,
        [
            .. destinations.Select(d => (Id: d.DestinationId, new Uri(d.Model.Config.Address), d.Model.Config.Host))
                .OrderBy(r => r.Id, StringComparer.Ordinal),
        ]);

    private sealed record Snapshot(
        IReadOnlyList<DestinationState> Destinations, IReadOnlyList<(string Id, Uri Address, string? Host)> Replicas);
}
