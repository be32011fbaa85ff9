namespace IslGateway.Caching.Stores;

internal static class StoresExtensions
{
    /// <summary>The two tiers, and the connection that the second lives on.</summary>
    public static IServiceCollection AddStores(this IServiceCollection services)
    {
        services.AddSingleton<MemoryStore>();
        services.AddSingleton<RedisConnection>();
        services.AddHostedService(provider => provider.GetRequiredService<RedisConnection>());
        services.AddSingleton<RedisStore>();
        return services;
    }
}
