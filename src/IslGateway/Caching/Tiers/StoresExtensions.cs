using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.Caching.Tiers;

internal static class StoresExtensions
{
    /// <summary>The two tiers, and the connection that the second lives on.</summary>
    /// <exception cref="SettingsException">The connection string cannot be read.</exception>
    public static IServiceCollection AddStores(this IServiceCollection services, GatewaySettings settings)
    {
        RedisConnectionString.Check(settings);
        services.AddSingleton<MemoryStore>();
        services.AddSingleton<RedisConnection>().AddHostedService(provider => provider.GetRequiredService<RedisConnection>());
        services.AddSingleton<RedisWatch>();
        if (settings.RedisConnectionString is not null) services.AddHostedService(provider => provider.GetRequiredService<RedisWatch>());
        services.AddSingleton<RedisPermissions>().AddSingleton<RedisTroubles>().AddSingleton<RedisBreaker>();
        services.AddSingleton<RedisDenial>().AddSingleton<RedisGate>().AddSingleton<RedisNames>();
        services.AddSingleton<ChangeChannel>().AddSingleton<IChannelListener>(provider => provider.GetRequiredService<ChangeChannel>());
        services.AddSingleton<RedisChannels>();
        services.AddSingleton<RedisWarnings>().AddSingleton<RedisRecords>();
        if (settings.RedisConnectionString is not null)
        {
            services.AddHostedService(provider => provider.GetRequiredService<RedisChannels>());
            services.AddHostedService(provider => provider.GetRequiredService<ChangeChannel>());
            services.AddHostedService<RedisNodes>().AddHostedService<RedisClock>();
        }

        return services.AddSingleton<LeaseRecords>().AddSingleton<RedisEntries>().AddSingleton<RedisStore>();
    }
}
