using IslGateway.Workflows.Warming;

namespace IslGateway.Workflows.Compare;

internal static class CompareExtensions
{
    /// <summary>Adds comparisons, within the budget of <see cref="WarmingExtensions.AddWarming"/>; there is none unless it is asked for.</summary>
    public static IServiceCollection AddCompare(this IServiceCollection services) =>
        services.AddSingleton<PresentAnswers>().AddSingleton<Comparer>();
}
