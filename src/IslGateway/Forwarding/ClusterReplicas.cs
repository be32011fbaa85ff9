using IslGateway.Caching.Epochs;
using Yarp.ReverseProxy;
using Yarp.ReverseProxy.Model;

namespace IslGateway.Forwarding;

/// <summary>The replicas as YARP has them now: the configured addresses, or what DNS resolved them to.</summary>
internal sealed class ClusterReplicas(IProxyStateLookup proxy) : IReplicaSource
{
    private IReadOnlyList<DestinationState>? _seen;
    private IReadOnlyList<(string Id, Uri Address)> _replicas = [];

    public IReadOnlyList<(string Id, Uri Address)> Replicas
    {
        get
        {
            if (!proxy.TryGetCluster(UpstreamCluster.Id, out var cluster)) return [];
            var destinations = cluster.DestinationsState.AllDestinations;
            if (!ReferenceEquals(destinations, _seen))
            {
                _replicas = [.. destinations.Select(d => (d.DestinationId, new Uri(d.Model.Config.Address))).OrderBy(r => r.DestinationId, StringComparer.Ordinal)];
                _seen = destinations;
            }

            return _replicas;
        }
    }
}
