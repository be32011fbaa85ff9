using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace IslGateway.Benchmarks.Serving;

/// <summary>Kestrel on one port of this machine, without logs: the ground that all servers of this program stand on.</summary>
internal static class KestrelHost
{
    public static WebApplicationBuilder Create(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(options => options.Listen(IPAddress.Loopback, port));
        return builder;
    }

    public static async Task RunAsync(ServerKind kind, int port, string upstream, CancellationToken cancellationToken)
    {
        await using var app = kind switch
        {
            ServerKind.Upstream => ConstantUpstream.Build(port),
            ServerKind.Bare => BareServer.Build(port),
            ServerKind.Canonicaliser => CanonicaliserServer.Build(port),
            ServerKind.Yarp => YarpServer.Build(port, upstream),
            ServerKind.OutputCache => OutputCacheServer.Build(port, upstream),
            _ => throw new ArgumentOutOfRangeException(nameof(kind), kind.ToString()),
        };
        await app.StartAsync(cancellationToken);
        await app.WaitForShutdownAsync(cancellationToken);
    }
}
