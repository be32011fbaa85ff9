using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Settings;

namespace IslGateway.Caching.Purging;

internal static class PurgingExtensions
{
    /// <summary>Purge tokens, in this process and, where there is a Redis, shared through it.</summary>
    public static IServiceCollection AddPurging(this IServiceCollection services, GatewaySettings settings)
    {
        var shared = settings.RedisConnectionString is not null;
        services.AddSingleton(provider => new TokenSet(
            provider.GetRequiredService<EndpointTable>(), provider.GetRequiredService<RedisNames>(),
            shared, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<RedisTokens>().AddSingleton<IChangeReader>(provider => provider.GetRequiredService<RedisTokens>());
        if (shared) services.AddHostedService(provider => provider.GetRequiredService<RedisTokens>());
        return services.AddSingleton<Purger>();
    }
}
