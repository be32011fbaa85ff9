using IslGateway.Caching.Keys;
using IslGateway.Caching.Stores;
using IslGateway.Settings;

namespace IslGateway.Caching.Sessions;

internal static class SessionsExtensions
{
    /// <summary>Belief versions: in Redis where there is one, else in this process.</summary>
    public static IServiceCollection AddSessions(this IServiceCollection services)
    {
        services.AddSingleton<IBeliefTokens>(provider => provider.GetRequiredService<RedisConnection>() is { IsConfigured: true } redis
            ? new RedisBeliefTokens(redis, provider.GetRequiredService<KeyComposer>(), provider.GetRequiredService<SettingsMonitor>(), provider.GetRequiredService<TimeProvider>())
            : new LocalBeliefTokens());
        return services.AddSingleton<BeliefVersions>().AddSingleton<BeliefUpdates>();
    }
}
