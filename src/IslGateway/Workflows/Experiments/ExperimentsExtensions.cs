namespace IslGateway.Workflows.Experiments;

internal static class ExperimentsExtensions
{
    /// <summary>Adds the experiments that are configured.</summary>
    public static IServiceCollection AddExperiments(this IServiceCollection services) =>
        services.AddSingleton<ExperimentSet>().AddSingleton<ExperimentStep>();

    /// <summary>Adds the step in which requests take part in them: behind precision, before the cache.</summary>
    public static IApplicationBuilder UseExperiments(this IApplicationBuilder app) => app.UseMiddleware<ExperimentMiddleware>();
}
