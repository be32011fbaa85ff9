using IslGateway.Caching.Epochs;
using IslGateway.Caching.Filling;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream;
using IslGateway.Upstream.Forwarding;

namespace IslGateway.Operations.Api;

/// <summary>The parts of <see cref="Stats"/> that tell of the way to ISL; members are written under their own names.</summary>
internal sealed class UpstreamStats(
    ReplicaRegistry replicas, Quarantine quarantine, UpstreamLimiter limiter, PoolMetrics pool, RateLimits rates, EndpointTable table,
    SettingsMonitor settings, GatewayMetrics metrics)
{
    /// <summary>What stands upstream, and how it does.</summary>
    public object Upstream() => new
    {
        simulated = replicas.Replicas.Any(replica => replica.Epoch is { IsSimulated: true }),
        in_flight = (long)metrics.UpstreamInflight.Value,
        ratelimit_remaining = rates.Lowest()?.Remaining,
        replicas = replicas.Replicas.Select(replica => new { replica = replica.Id, state = StateOf(replica) }),
    };

    /// <summary>The connections to ISL.</summary>
    public object Pool()
    {
        var now = pool.Report();
        return new
        {
            in_use = now.Active,
            idle = now.Idle,
            limit = now.Usable,
            utilization_ratio = Math.Round(now.Utilization, 4),
        };
    }

    /// <summary>The fills that wait for a place upstream.</summary>
    public object Queue() => new { length = limiter.Waiting, limit = settings.Current.Limits.MaxQueue };

    /// <summary>The rows that bypass the cache because the sentinel found their answers to differ.</summary>
    public IEnumerable<object> Quarantines() =>
        table.Rows.Where(quarantine.Holds).Select(row => new { endpoint = row.Path, name = row.Name });

    /// <summary>In the words of <c>/health/ready</c>, for one replica.</summary>
    private string StateOf(Replica replica) =>
        replica.Epoch is null || replica.EvidenceAge > settings.Current.Isl.EpochMaxAge ? "unknown"
        : replica.Trouble is null ? "ok"
        : "unresponsive";
}
