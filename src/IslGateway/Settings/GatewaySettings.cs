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

    public ShutdownOptions Shutdown { get; init; } = new();

    public ManagementOptions Management { get; init; } = new();

    /// <summary>The endpoint rows by name, found in any case, spelt as the source that named them first spells them.</summary>
    public IReadOnlyDictionary<string, EndpointOptions> Endpoints { get; init; } = new Dictionary<string, EndpointOptions>();

    /// <summary><c>ConnectionStrings:Redis</c>; null means memory only. A secret: never print it.</summary>
    [Secret]
    public string? RedisConnectionString { get; init; }

    /// <summary>Reads and checks every setting.</summary>
    /// <param name="configuration">Where they stand.</param>
    /// <param name="isDevelopment">Whether the looser rules of Development hold.</param>
    /// <param name="memoryLimit">Bytes that the process may use.</param>
    /// <param name="heapLimit">Bytes of them that the garbage collector takes at the most.</param>
    /// <exception cref="SettingsException">Names every setting that is wrong, all at once.</exception>
    public static GatewaySettings Load(
        IConfiguration configuration, bool isDevelopment, long memoryLimit = MemoryPlan.Unlimited, long heapLimit = MemoryPlan.Unlimited)
    {
        var report = new SettingsReport();
        var view = new ConfigurationView(configuration);
        var settings = new SettingsReader(view, report).Read();
        UnknownSettings.Check(view, report);
        SettingsRules.Check(settings, isDevelopment, report);
        LoopRules.Check(settings.Isl.BaseUrls, view, report);
        if (!isDevelopment) SettingsRules.CheckMemory(MemoryPlan.Of(settings, memoryLimit, heapLimit), report);
        report.ThrowIfAny();
        return settings;
    }
}
