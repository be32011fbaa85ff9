namespace IslGateway.Workflows.Precision;

internal static class PrecisionExtensions
{
    /// <summary>Adds the headers by which callers choose numbers of samples.</summary>
    public static IServiceCollection AddPrecision(this IServiceCollection services) => services.AddSingleton<PrecisionStep>();

    /// <summary>Adds the step that takes them, between the reading of the body and the cache.</summary>
    public static IApplicationBuilder UsePrecision(this IApplicationBuilder app) => app.UseMiddleware<PrecisionMiddleware>();
}
