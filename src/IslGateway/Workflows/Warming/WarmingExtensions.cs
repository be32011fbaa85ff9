using IslGateway.Workflows.Inner;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace IslGateway.Workflows.Warming;

internal static class WarmingExtensions
{
    /// <summary>Adds warming, which does nothing unless it is asked or <c>Warming:File</c> is set.</summary>
    public static IServiceCollection AddWarming(this IServiceCollection services)
    {
        services.TryAddSingleton<InnerRequests>();
        services.AddSingleton<WarmingBudget>().AddSingleton<WarmingTurns>().AddSingleton<WarmingScheme>();
        services.AddSingleton<WarmingCaller>().AddSingleton<WarmingLines>().AddSingleton<Warmer>();
        services.AddSingleton<WarmAtStart>();
        services.AddHostedService(static provider => provider.GetRequiredService<WarmAtStart>());
        return services;
    }
}
