using IslGateway.Edge;
using IslGateway.Operations.Api;
using IslGateway.Operations.Audit;
using IslGateway.Operations.Health;
using IslGateway.Operations.Page;
using IslGateway.Telemetry;

namespace IslGateway.Operations;

internal static class OperationsExtensions
{
    public static IServiceCollection AddOperations(this IServiceCollection services) =>
        services.AddSingleton<Readiness>().AddHostedService(p => p.GetRequiredService<Readiness>()).AddHostedService<Drain>()
            .AddSingleton<AuditLog>().AddHostedService<ReloadAudit>().AddApi().AddPage();

    /// <summary>Adds the management listener's own paths; the data plane's are not served there.</summary>
    public static IApplicationBuilder UseManagement(this WebApplication app) => app.MapWhen(Listeners.IsManagement, branch =>
    {
        branch.UseApi();
        branch.UseRouting();
        branch.UseEndpoints(routes =>
        {
            routes.MapMetricsEndpoint();
            routes.MapHealth();
            routes.MapPage();
        });
    });
}
