using IslGateway.Caching;

namespace IslGateway.Workflows.Sentinel;

internal static class SentinelExtensions
{
    /// <summary>Adds the sentinel, which listens for hits. It does nothing unless <c>Sentinel:Share</c> is set.</summary>
    public static IServiceCollection AddSentinel(this IServiceCollection services)
    {
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<SentinelBudget>(provider, new Random()));
        services.AddSingleton<SentinelCheck>();
        services.AddSingleton<IHitObserver, SentinelSampler>();
        return services;
    }
}
