namespace IslGateway.Upstream.Resilience;

internal static class ResilienceExtensions
{
    /// <summary>Adds what decides whether, where and how often ISL is asked when it fails.</summary>
    public static IServiceCollection AddResilience(this IServiceCollection services) =>
        services.AddSingleton<UpstreamRetry>().AddSingleton<Circuits>().AddSingleton<PoisonRequests>();
}
