using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Yarp.ReverseProxy.Configuration;

namespace IslGateway.Benchmarks.Serving;

/// <summary>YARP as it comes: one route for everything, one destination.</summary>
internal static class YarpServer
{
    public static WebApplication Build(int port, string upstream)
    {
        var builder = KestrelHost.Create(port);
        AddProxy(builder, upstream);
        var app = builder.Build();
        app.MapReverseProxy();
        return app;
    }

    public static void AddProxy(WebApplicationBuilder builder, string upstream) => builder.Services.AddReverseProxy().LoadFromMemory(
        [new RouteConfig { RouteId = "all", ClusterId = "isl", Match = new RouteMatch { Path = "{**all}" } }],
        [
            new ClusterConfig
            {
                ClusterId = "isl",
                Destinations = new Dictionary<string, DestinationConfig> { ["isl"] = new() { Address = upstream } },
            },
        ]);
}
