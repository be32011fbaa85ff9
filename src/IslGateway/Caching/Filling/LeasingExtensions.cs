using IslGateway.Redis;

namespace IslGateway.Caching.Filling;

internal static class LeasingExtensions
{
    /// <summary>Leases in Redis; where there is none, every fill goes without.</summary>
    public static IServiceCollection AddLeasing(this IServiceCollection services)
    {
        services.AddSingleton<LeaseSignals>().AddSingleton<ILeases, RedisLeases>().AddSingleton<LeaseTurns>();
        return services.AddSingleton<IChannelListener, LeaseNews>();
    }
}
