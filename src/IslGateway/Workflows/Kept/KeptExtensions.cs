using IslGateway.Caching.Answers;

namespace IslGateway.Workflows.Kept;

internal static class KeptExtensions
{
    /// <summary>Adds the keeping of requests, of which there are none unless <c>Cache:KeepRequests</c> is set.</summary>
    public static IServiceCollection AddKept(this IServiceCollection services)
    {
        services.AddSingleton<KeptRequests>().AddSingleton<KeptAnswers>();
        services.AddSingleton<IRequestKeeper>(provider => provider.GetRequiredService<KeptRequests>());
        services.AddHostedService<KeptUpkeep>();
        services.AddSingleton<KeptArchive>().AddHostedService(provider => provider.GetRequiredService<KeptArchive>());
        return services;
    }
}
