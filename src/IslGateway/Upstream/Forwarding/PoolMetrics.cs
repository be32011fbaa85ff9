using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Updates the pool's metrics whenever they are read.</summary>
internal sealed class PoolMetrics
{
    public PoolMetrics(ConnectionCount connections, IReplicaSource replicas, SettingsMonitor settings, GatewayMetrics metrics)
    {
        // The client is built once, so the limit is the one at start.
        var pool = settings.Current.Isl.MaxConnections;
        metrics.Registry.AddBeforeCollectCallback(() =>
        {
            var active = connections.Active;
            var usable = Math.Min(pool, settings.Current.Limits.MaxConcurrentUpstream) * Math.Max(1, replicas.Replicas.Count);
            metrics.ReportPool(active, connections.Idle, (double)active / usable);
        });
    }
}
