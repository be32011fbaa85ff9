using IslGateway.Settings;

namespace IslGateway.Caching.Sessions;

internal static class SessionsExtensions
{
    /// <summary>Belief versions: in Redis where there is one, else in this process.</summary>
    public static IServiceCollection AddSessions(this IServiceCollection services, GatewaySettings settings)
    {
        if (settings.RedisConnectionString is null)
        {
            services.AddSingleton<IBeliefTokens, LocalBeliefTokens>();
        }
        else
        {
            services.AddSingleton<RedisRaises>().AddSingleton<GatewayRoll>();
            services.AddSingleton<RedisRoll>().AddHostedService(provider => provider.GetRequiredService<RedisRoll>());
            services.AddSingleton<IBeliefTokens, RedisBeliefTokens>();
        }

        return services.AddSingleton<BeliefVersions>().AddSingleton<UnfinishedUpdates>().AddSingleton<BeliefUpdates>();
    }
}
