using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Endpoints;

internal static class EndpointsExtensions
{
    /// <summary>Adds the shipped endpoint table below every other configuration source, so that any of them overrides it.</summary>
    public static IConfigurationBuilder AddShippedEndpoints(this IConfigurationBuilder builder)
    {
        builder.Sources.Insert(0, new ShippedTable());
        return builder;
    }

    /// <summary>
    /// Adds the compiled table, and its endpoints' metric series. Except for lifetimes, a change of the table takes effect at the next
    /// start.
    /// </summary>
    public static IServiceCollection AddEndpointTable(this IServiceCollection services, GatewaySettings settings)
    {
        var table = EndpointTable.Compile(settings);
        services.AddSingleton(table).AddSingleton<RowLifetimes>();
        services.AddSingleton(_ =>
        {
            var metrics = new GatewayMetrics();
            metrics.AddEndpoint(EndpointTable.Other, cacheable: false);
            foreach (var row in table.Rows)
            {
                metrics.AddEndpoint(row.Path, row.IsCacheable);
                if (row.LatencyTarget is { } target) metrics.AddLatencyTarget(row.Path, target);
            }

            return metrics;
        });
        return services;
    }
}
