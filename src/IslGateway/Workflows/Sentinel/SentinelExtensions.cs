using IslGateway.Caching;

namespace IslGateway.Workflows.Sentinel;

internal static class SentinelExtensions
{
    /// <summary>The sentinel, which listens for hits. It does nothing until <c>Sentinel:Share</c> says so.</summary>
    public static IServiceCollection AddSentinel(this IServiceCollection services)
    {
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<SentinelBudget>(provider, new Random()));
        services.AddSingleton<SentinelCheck>();
        services.AddSingleton<IHitObserver, SentinelSampler>();
        return services;
    }
}
