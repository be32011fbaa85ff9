using IslGateway.Redis.Sealing;
using IslGateway.Settings;
using IslGateway.Settings.Reading;

namespace IslGateway.Redis;

internal static class RedisExtensions
{
    /// <summary>
    /// The connection to Redis, its health, and what gateways share through it. Without a connection string nothing of it runs.
    /// </summary>
    /// <exception cref="SettingsException">The connection string cannot be read.</exception>
    public static IServiceCollection AddRedis(this IServiceCollection services, GatewaySettings settings)
    {
        RedisConnectionString.Check(settings);
        services.AddSingleton<RedisHealth>().AddSingleton<RedisTroubles>().AddSingleton<RedisNames>().AddSingleton<RedisGate>();
        services.AddSingleton<SealingKeys>().AddSingleton<RedisRecords>().AddSingleton<LeaseRecords>().AddSingleton<RedisEntries>();
        services.AddSingleton<KeptRecords>().AddSingleton<RedisNodes>();
        services.AddSingleton<RedisConnection>().AddHostedService(provider => provider.GetRequiredService<RedisConnection>());
        services.AddSingleton<ChangeChannel>().AddSingleton<IChannelListener>(provider => provider.GetRequiredService<ChangeChannel>());
        if (settings.RedisConnectionString is null) return services;
        services.AddHostedService<RedisWatch>().AddHostedService<RedisChannels>().AddHostedService<RedisClock>();
        return services.AddHostedService(provider => provider.GetRequiredService<ChangeChannel>());
    }
}
