using IslGateway.Redis;
using IslGateway.Settings;

namespace IslGateway.Caching.Sessions;

internal static class SessionsExtensions
{
    /// <summary>Versions of users' beliefs: in Redis where there is one, else in this process.</summary>
    public static IServiceCollection AddSessions(this IServiceCollection services, GatewaySettings settings)
    {
        if (settings.RedisConnectionString is null)
        {
            services.AddSingleton<ISessionTokens, LocalSessionTokens>();
        }
        else
        {
            services.AddSingleton<RedisSessions>().AddSingleton<ISessionRaises>(provider => provider.GetRequiredService<RedisSessions>());
            services.AddSingleton<SessionInvalidations>().AddSingleton<Membership>();
            services.AddSingleton<Heartbeat>().AddHostedService(provider => provider.GetRequiredService<Heartbeat>());
            services.AddSingleton<ISessionTokens, SharedSessionTokens>();
        }

        return services.AddSingleton<SessionVersions>().AddSingleton<UnfinishedUpdates>().AddSingleton<SessionUpdates>();
    }
}
