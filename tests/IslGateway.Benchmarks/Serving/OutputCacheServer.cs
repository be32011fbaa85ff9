using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace IslGateway.Benchmarks.Serving;

/// <summary>The cache that a user gets from ASP.NET with a short policy: <see cref="BodyKeyPolicy"/> in front of YARP.</summary>
internal static class OutputCacheServer
{
    private const long Size = 512 << 20;

    public static WebApplication Build(int port, string upstream)
    {
        var builder = KestrelHost.Create(port);
        YarpServer.AddProxy(builder, upstream);
        builder.Services.AddOutputCache(options =>
        {
            options.SizeLimit = Size;
            options.AddBasePolicy(new BodyKeyPolicy());
        });
        var app = builder.Build();
        app.UseOutputCache();
        app.MapReverseProxy();
        return app;
    }
}
