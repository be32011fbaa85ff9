using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Upstream.Forwarding;

/// <summary>Tells how the pool is used, and updates its metrics whenever they are read.</summary>
internal sealed class PoolMetrics
{
    private readonly ConnectionCount _connections;
    private readonly IReplicaSource _replicas;
    private readonly SettingsMonitor _settings;

    // The client is built once, so the limit is the one at start.
    private readonly int _pool;

    public PoolMetrics(ConnectionCount connections, IReplicaSource replicas, SettingsMonitor settings, GatewayMetrics metrics)
    {
        (_connections, _replicas, _settings, _pool) = (connections, replicas, settings, settings.Current.Isl.MaxConnections);
        metrics.Registry.AddBeforeCollectCallback(() =>
        {
            var now = Report();
            metrics.ReportPool(now.Active, now.Idle, now.Utilization);
        });
    }

    /// <summary>The connections now.</summary>
    public PoolReport Report() => new(
        _connections.Active, _connections.Idle,
        Math.Min(_pool, _settings.Current.Limits.MaxConcurrentUpstream) * Math.Max(1, _replicas.Replicas.Count));
}
