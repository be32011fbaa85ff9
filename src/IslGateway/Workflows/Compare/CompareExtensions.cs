using IslGateway.Workflows.Rollover;

namespace IslGateway.Workflows.Compare;

internal static class CompareExtensions
{
    /// <summary>Adds comparisons, which need what warming adds; there is none unless it is asked for.</summary>
    public static IServiceCollection AddCompare(this IServiceCollection services) =>
        services.AddSingleton<PresentAnswers>().AddSingleton<Comparer>().AddSingleton<RolloverComparison>()
            .AddSingleton<IRolloverObserver>(provider => provider.GetRequiredService<RolloverComparison>());
}
