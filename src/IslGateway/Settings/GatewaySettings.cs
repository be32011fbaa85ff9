using IslGateway.Settings.Reading;

namespace IslGateway.Settings;

/// <summary>Every setting of the gateway as one immutable snapshot that has passed all rules.</summary>
internal sealed class GatewaySettings
{
    public IslOptions Isl { get; init; } = new();

    public CacheOptions Cache { get; init; } = new();

    public CredentialsOptions Credentials { get; init; } = new();

    public LimitsOptions Limits { get; init; } = new();

    public RetryOptions Retry { get; init; } = new();

    public CircuitOptions Circuit { get; init; } = new();

    public CooldownOptions Cooldown { get; init; } = new();

    public LeaseOptions Lease { get; init; } = new();

    public SentinelOptions Sentinel { get; init; } = new();

    public ValidationOptions Validation { get; init; } = new();

    public BatchOptions Batch { get; init; } = new();

    public WarmingOptions Warming { get; init; } = new();

    public RolloverOptions Rollover { get; init; } = new();

    public CompareOptions Compare { get; init; } = new();

    public ShutdownOptions Shutdown { get; init; } = new();

    public ManagementOptions Management { get; init; } = new();

    public TelemetryOptions Telemetry { get; init; } = new();

    /// <summary>The endpoint rows by name, found in any case, spelt as the source that named them first spells them.</summary>
    public IReadOnlyDictionary<string, EndpointOptions> Endpoints { get; init; } = new Dictionary<string, EndpointOptions>();

    /// <summary>The experiments by name. A change takes effect at the next start.</summary>
    public IReadOnlyDictionary<string, ExperimentOptions> Experiments { get; init; } = new Dictionary<string, ExperimentOptions>();

    /// <summary>
    /// <c>ConnectionStrings:Redis</c>, a connection string of StackExchange.Redis and a secret; unset: memory only. A change is followed
    /// while the gateway runs; to add or remove it takes a restart.
    /// </summary>
    [Secret]
    public string? RedisConnectionString { get; init; }
}
