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
        services.AddSingleton(provider => new Generations(provider.GetRequiredService<EndpointTable>(), shared));
        services.AddSingleton<RedisGenerations>().AddSingleton<INewsReader>(provider => provider.GetRequiredService<RedisGenerations>());
        if (shared) services.AddHostedService(provider => provider.GetRequiredService<RedisGenerations>());
        return services.AddSingleton<Purger>();
    }
}
