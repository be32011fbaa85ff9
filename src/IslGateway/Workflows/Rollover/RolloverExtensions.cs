namespace IslGateway.Workflows.Rollover;

internal static class RolloverExtensions
{
    /// <summary>Adds rollover, which does nothing unless <c>Rollover:Enabled</c> is set.</summary>
    public static IServiceCollection AddRollover(this IServiceCollection services)
    {
        services.AddSingleton<RolloverWatch>().AddHostedService(provider => provider.GetRequiredService<RolloverWatch>());
        return services;
    }
}
