namespace IslGateway.Caching.Validation;

internal static class ValidationExtensions
{
    /// <summary>ISL's schemas, and their fetching.</summary>
    public static IServiceCollection AddSchemas(this IServiceCollection services) =>
        services.AddSingleton<SchemaBook>().AddHostedService<SchemaPoller>();
}
