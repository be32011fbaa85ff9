using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.Caching.Tiers;

internal static class StoresExtensions
{
    /// <summary>The two tiers: memory, and Redis where there is one.</summary>
    /// <exception cref="SettingsException">The connection string of Redis cannot be read.</exception>
    public static IServiceCollection AddStores(this IServiceCollection services, GatewaySettings settings) =>
        services.AddRedis(settings).AddSingleton<MemoryStore>().AddSingleton<RedisStore>();
}
