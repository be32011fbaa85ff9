using IslGateway.Settings.Reading;
using Microsoft.Extensions.Configuration.Json;

namespace IslGateway.Settings;

internal static class SettingsExtensions
{
    private const string SecretsFolder = "/run/secrets";

    /// <summary>.NET's switch for everything that watches files.</summary>
    private const string PollingSwitch = "DOTNET_USE_POLLING_FILE_WATCHER";

    /// <summary>
    /// Makes changed files be found by polling. Being notified takes an inotify instance, of which a host has few (a start without one
    /// fails), and misses a swapped ConfigMap, where only the symbolic link to the file changes. To be called before anything reads a file.
    /// </summary>
    public static void PollFiles() =>
        Environment.SetEnvironmentVariable(PollingSwitch, Environment.GetEnvironmentVariable(PollingSwitch) ?? "1");

    /// <summary>Makes files of settings keep what they said last while they cannot be read.</summary>
    public static IConfigurationBuilder HoldFiles(this IConfigurationBuilder configuration)
    {
        for (var i = 0; i < configuration.Sources.Count; i++)
        {
            if (configuration.Sources[i] is JsonConfigurationSource { ReloadOnChange: true } file and not HeldJsonSource)
            {
                configuration.Sources[i] = new HeldJsonSource
                {
                    Path = file.Path ?? "",
                    Optional = file.Optional,
                    FileProvider = file.FileProvider,
                    ReloadDelay = file.ReloadDelay,
                    ReloadOnChange = true,
                };
            }
        }

        return configuration;
    }

    /// <summary>
    /// Secrets that an orchestrator mounts as files: the file's name is a key (<c>Cache__KeySecret</c>), its content the value. A changed
    /// file is read again.
    /// </summary>
    public static IConfigurationBuilder AddSecrets(this IConfigurationBuilder configuration) =>
        Directory.Exists(SecretsFolder) ? configuration.AddKeyPerFile(SecretsFolder, optional: true, reloadOnChange: true) : configuration;

    /// <summary>Loads and checks the settings, endpoint rows included, and registers the monitor that keeps them up to date.</summary>
    /// <exception cref="SettingsException">Names every setting that is wrong.</exception>
    public static GatewaySettings AddGatewaySettings(
        this IServiceCollection services, IConfiguration configuration, IHostEnvironment environment,
        Action<GatewaySettings, SettingsReport> checkRows)
    {
        var loader = new SettingsLoader(
            configuration, environment.IsDevelopment(), checkRows, MemoryPlan.LimitOfProcess, MemoryPlan.HeapOfProcess);
        var settings = loader.Load();
        services.AddSingleton(provider => new SettingsMonitor(loader, provider.GetRequiredService<ILogger<SettingsMonitor>>(), settings));
        return settings;
    }
}
