using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Sets the pool's metrics each time that they are asked for.</summary>
internal sealed class PoolMetrics
{
    public PoolMetrics(ConnectionCount connections, IReplicaSource replicas, SettingsMonitor settings, GatewayMetrics metrics)
    {
        // What the client was built with: connections follow at the next start.
        var pool = settings.Current.Isl.MaxConnections;
        metrics.Registry.AddBeforeCollectCallback(() =>
        {
            var active = connections.Active;
            var usable = Math.Min(pool, settings.Current.Limits.MaxConcurrentUpstream) * Math.Max(1, replicas.Replicas.Count);
            metrics.ReportPool(active, connections.Idle, (double)active / usable);
        });
    }
}
