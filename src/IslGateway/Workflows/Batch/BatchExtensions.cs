using IslGateway.Edge;
using IslGateway.Workflows.Inner;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace IslGateway.Workflows.Batch;

internal static class BatchExtensions
{
    /// <summary>Adds batches and sweeps, which are the gateway's own paths on the data plane.</summary>
    public static IServiceCollection AddBatch(this IServiceCollection services)
    {
        services.TryAddSingleton<InnerRequests>();
        services.AddSingleton<BatchCalls>();
        return services.AddSingleton<IGatewayEndpoint, BatchEndpoint>().AddSingleton<IGatewayEndpoint, SweepEndpoint>();
    }
}
