namespace IslGateway.Settings;

internal static class SettingsExtensions
{
    private const string SecretsFolder = "/run/secrets";

    /// <summary>Secrets that an orchestrator mounts as files: each file's name is a key (<c>Cache__KeySecret</c>), its content the value.</summary>
    public static IConfigurationBuilder AddSecrets(this IConfigurationBuilder configuration) =>
        Directory.Exists(SecretsFolder) ? configuration.AddKeyPerFile(SecretsFolder, optional: true) : configuration;

    /// <summary>Loads and checks the settings, and registers the monitor that keeps them up to date.</summary>
    /// <exception cref="SettingsException">Names every setting that is wrong.</exception>
    public static GatewaySettings AddGatewaySettings(
        this IServiceCollection services, IConfiguration configuration, IHostEnvironment environment)
    {
        var isDevelopment = environment.IsDevelopment();
        var (memoryLimit, heapLimit) = (MemoryPlan.LimitOfProcess, MemoryPlan.HeapOfProcess);
        var settings = GatewaySettings.Load(configuration, isDevelopment, memoryLimit, heapLimit);
        services.AddSingleton(provider => new SettingsMonitor(
            settings, configuration, isDevelopment, provider.GetRequiredService<ILogger<SettingsMonitor>>(), memoryLimit, heapLimit));
        return settings;
    }
}
