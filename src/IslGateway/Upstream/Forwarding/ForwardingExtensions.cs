using System.Net;
using IslGateway.Settings;
using IslGateway.Upstream.Resilience;
using Microsoft.AspNetCore.Http.Features;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.ServiceDiscovery;
using Yarp.ReverseProxy.Transforms;

namespace IslGateway.Upstream.Forwarding;

internal static class ForwardingExtensions
{
    /// <summary>How often DNS is asked, so how soon a new replica is used and a removed one is not.</summary>
    private static readonly TimeSpan DnsRefresh = TimeSpan.FromSeconds(5);

    /// <summary>ASP.NET's own note that a pipeline has its authorization step.</summary>
    private const string AuthorizationMark = "__AuthorizationMiddlewareSet";

    /// <summary>Adds YARP as the only way to ISL: one route, one cluster whose destinations are the replicas.</summary>
    public static WebApplicationBuilder AddForwarding(
        this WebApplicationBuilder builder, GatewaySettings settings, IReadOnlyList<Uri> replicas)
    {
        builder.Services.AddSingleton<ConnectionCount>().AddSingleton<PoolMetrics>();
        builder.Services.AddSingleton(new HostLookups(Dns.GetHostAddressesAsync)).AddSingleton<IDialer, Dialer>();
        var proxy = builder.Services.AddReverseProxy()
            .LoadFromMemory([UpstreamCluster.Route], [UpstreamCluster.Build(settings, replicas)])
            .AddTransforms(transforms =>
            {
                var via = new ViaTransform(transforms.Services.GetRequiredService<Via>());
                var send = new UpstreamSendTransform(transforms.Services.GetRequiredService<SettingsMonitor>());
                transforms.UseDefaultForwarders = false;
                transforms.AddXForwardedFor(action: ForwardedTransformActions.Append);
                transforms.AddOriginalHost(false);
                transforms.AddRequestTransform(RawTargetTransform.ApplyAsync);
                transforms.AddRequestTransform(HostTransform.ApplyAsync);
                transforms.AddRequestTransform(CredentialTransform.ApplyAsync);
                transforms.AddRequestTransform(via.ApplyAsync);
                transforms.AddRequestTransform(send.ApplyAsync);
                transforms.AddResponseTransform(FramingTransform.ApplyAsync);
                transforms.AddResponseTransform(HopByHopTransform.ApplyAsync);
                transforms.AddResponseTransform(LoopTransform.ApplyAsync);
                transforms.AddResponseTransform(UpstreamSendTransform.ApplyAsync);
            });
        builder.Services.AddSingleton<ForwardingClients>().AddSingleton<ReplicaClients>();
        builder.Services.AddSingleton<IForwarderHttpClientFactory>(provider => provider.GetRequiredService<ReplicaClients>());
        builder.Services.AddSingleton<IReplicaConnections>(provider => provider.GetRequiredService<ReplicaClients>());
        if (settings.Isl.Discovery == IslDiscovery.Dns)
            proxy.AddDnsDestinationResolver(dns => dns.RefreshPeriod = DnsRefresh).UsePatience();

        builder.Services.AddResilience();
        builder.Services.AddSingleton<DetachedUpstream>();
        builder.Services.AddSingleton<IUpstream>(provider => provider.GetRequiredService<DetachedUpstream>());
        builder.Services.AddSingleton<IReplicaSource, ClusterReplicas>();
        return builder;
    }

    /// <summary>
    /// Begins the route to ISL for requests. The services that YARP adds would make ASP.NET put its authorization step before every other;
    /// no endpoint here asks for one, so it is marked as being there.
    /// </summary>
    public static void UseForwardingRoute(this IApplicationBuilder app)
    {
        app.Properties[AuthorizationMark] = true;
        app.UseRouting();
    }

    /// <summary>Ends the gateway's own part of the proxy's pipeline: YARP's part follows, for requests and for fills.</summary>
    public static void UseDetachedUpstream(this IReverseProxyApplicationBuilder pipeline) => pipeline.Use(next =>
    {
        pipeline.ApplicationServices.GetRequiredService<DetachedUpstream>().Attach(next);
        pipeline.ApplicationServices.GetRequiredService<PoolMetrics>();
        var pass = ActivatorUtilities.CreateInstance<PassThrough>(pipeline.ApplicationServices, next);
        return async context =>
        {
            var (passed, watch) = (context.Features.GetRequiredFeature<IPassedRequest>(), new AnswerWatch(context));
            await pass.InvokeAsync(context);
            passed.BrokeOff = watch.BrokeOff;
        };
    });

    /// <summary>Leaves to load balancing only the replicas that may be asked.</summary>
    public static void UseReplicaChoice(this IReverseProxyApplicationBuilder pipeline) => pipeline.UseMiddleware<ReplicaChoice>();

    private static void UsePatience(this IReverseProxyBuilder proxy)
    {
        var inner = proxy.Services.Last(service => service.ServiceType == typeof(IDestinationResolver));
        proxy.Services.AddSingleton<IDestinationResolver>(provider => new LastKnownGoodResolver(
            (IDestinationResolver)ActivatorUtilities.CreateInstance(provider, inner.ImplementationType!), DnsRefresh,
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<LastKnownGoodResolver>>()));
    }
}
