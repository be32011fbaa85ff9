using IslGateway.Caching.Epochs;
using IslGateway.Caching.Validation;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Workflows.Experiments;
using IslGateway.Workflows.Warming;

namespace IslGateway.Operations.Health;

/// <summary>The gateway's state and that of its neighbours, and whether it is shutting down.</summary>
internal sealed class Readiness : IHostedLifecycleService
{
    private readonly ReplicaRegistry _replicas;
    private readonly RedisHealth _redis;
    private readonly SchemaBook _schemas;
    private readonly ExperimentSet _experiments;
    private readonly WarmAtStart _warming;
    private readonly SettingsMonitor _settings;
    private readonly TimeProvider _time;
    private readonly long _startedAt;

    // Fixed at start, like the host's limit for the whole shutdown that includes this delay.
    private readonly TimeSpan _delay;

    public Readiness(
        ReplicaRegistry replicas, RedisHealth redis, SchemaBook schemas, ExperimentSet experiments, WarmAtStart warming,
        SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time)
    {
        _time = time;
        _startedAt = time.GetTimestamp();
        _replicas = replicas;
        _redis = redis;
        _schemas = schemas;
        _experiments = experiments;
        _warming = warming;
        _settings = settings;
        _delay = settings.Current.Shutdown.ReadinessDelay;
        metrics.Registry.AddBeforeCollectCallback(() =>
        {
            metrics.ReportEpochs(
                [
                    .. _replicas.Replicas
                        .Select(r => (r.Id, r.Epoch))
                        .Where(r => r.Epoch is not null)
                        .Select(r => (r.Id, r.Epoch!.Fingerprint, r.Epoch.Version, r.Epoch.Build)),
                ],
                _replicas.Replicas.Select(r => r.EvidenceAge).DefaultIfEmpty(TimeSpan.MaxValue).Min(),
                settings.Current.Isl.EpochMaxAge);
            metrics.ReportUpstream(_replicas.Replicas.Any(r => r.Epoch is { IsSimulated: true }));
            metrics.ReportMode(settings.Current.Cache.Mode);
            metrics.RedisConfigured.Set(redis.IsConfigured ? 1 : 0);
            metrics.ConfigReload.Set(settings.LastReloadSuccessful ? 1 : 0);
        });
    }

    /// <summary>Whether the gateway has been told to stop.</summary>
    public bool IsDraining { get; private set; }

    /// <summary>Time since the gateway was built.</summary>
    public TimeSpan Uptime => _time.GetElapsedTime(_startedAt);

    /// <summary><c>off</c>, <c>ok</c>, <c>refusing</c> or <c>down</c>.</summary>
    public string Redis => _redis.State switch
    {
        RedisState.Off => "off",
        RedisState.Ok => "ok",
        RedisState.Refusing => "refusing",
        _ => "down",
    };

    /// <summary>The body of <c>/health/ready</c>.</summary>
    public ReadinessReport Report()
    {
        var fresh = _replicas.Replicas.Where(r => r.EvidenceAge <= _settings.Current.Isl.EpochMaxAge && r.Epoch is not null).ToList();
        var isl = fresh.Count == 0 ? "unknown" : fresh.Any(r => r.Trouble is null) ? "ok" : "unresponsive";
        var redis = Redis;
        var epoch = fresh.Count > 0 ? fresh.MinBy(r => r.EvidenceAge)!.Epoch : null;
        var withoutBuild = fresh.Where(r => r.Epoch is { HasKnownBuild: false }).Select(r => r.Id).ToList();
        var warnings = _redis.Warnings().Concat(_schemas.Warnings()).Concat(_experiments.Warnings()).Concat(_warming.Warnings()).ToList();
        var degraded = IsDraining || isl != "ok" || redis is "down" or "refusing" || warnings.Count > 0 || withoutBuild.Count > 0;
        return new ReadinessReport(
            IsDraining ? "draining" : degraded ? "degraded" : "ok", isl, redis, epoch?.ToString(), Warning(withoutBuild, warnings));
    }

    /// <summary>
    /// Before anything stops, readiness fails and the listeners stay open for <c>Shutdown:ReadinessDelay</c>, so that a balancer can take
    /// the gateway out before connections are refused.
    /// </summary>
    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        IsDraining = true;
        if (_delay > TimeSpan.Zero) await Task.Delay(_delay, _time, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private static string? Warning(List<string> withoutBuild, List<string> warnings)
    {
        if (withoutBuild.Count > 0)
        {
            warnings.Add(
                $"ISL does not say which build it is ({string.Join(", ", withoutBuild)}): "
                + "a deployment that changes only its code would not be noticed. "
                + "Set GIT_COMMIT_SHA for ISL, or change Cache:Generation with each deployment.");
        }

        return warnings.Count == 0 ? null : string.Join(" ", warnings);
    }
}
