using IslGateway.Edge;
using IslGateway.Operations.Api;
using IslGateway.Operations.Health;
using IslGateway.Telemetry;

namespace IslGateway.Operations;

internal static class OperationsExtensions
{
    public static IServiceCollection AddOperations(this IServiceCollection services) =>
        services.AddSingleton<Readiness>().AddHostedService(p => p.GetRequiredService<Readiness>()).AddHostedService<Drain>().AddApi();

    /// <summary>The management listener: its own paths, and none of the data plane's.</summary>
    public static IApplicationBuilder UseManagement(this WebApplication app) => app.MapWhen(Listeners.IsManagement, branch =>
    {
        branch.UseApi();
        branch.UseRouting();
        branch.UseEndpoints(routes =>
        {
            routes.MapMetricsEndpoint();
            routes.MapHealth();
        });
    });
}
