using System.Net;
using IslGateway.Settings;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.Forwarder;
using Yarp.ReverseProxy.LoadBalancing;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// YARP's configuration: a single route for everything, because rows are matched on the raw path, which routing does not see.
/// </summary>
internal static class UpstreamCluster
{
    public const string Id = "isl";

    public static RouteConfig Route { get; } = new() { RouteId = Id, ClusterId = Id, Match = new RouteMatch { Path = "/{**path}" } };

    public static ClusterConfig Build(GatewaySettings settings, IReadOnlyList<Uri> replicas) => new()
    {
        ClusterId = Id,
        LoadBalancingPolicy = LoadBalancingPolicies.PowerOfTwoChoices,
        Destinations = replicas.Select((uri, i) => (Id: $"isl-{i + 1}", Uri: uri))
            .ToDictionary(r => r.Id, r => new DestinationConfig { Address = r.Uri.AbsoluteUri }),
        HttpClient = new HttpClientConfig
        {
            MaxConnectionsPerServer = settings.Isl.MaxConnections,
            RequestHeaderEncoding = "latin1",
            ResponseHeaderEncoding = "latin1",
        },
        HttpRequest = new ForwarderRequestConfig
        {
            // Fills have their row's own limit. This one is for passed-through requests, and counts only silence.
            ActivityTimeout = LongestTimeout(settings),
            Version = settings.Isl.HttpVersion == "2" ? HttpVersion.Version20 : HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        },
    };

    private static TimeSpan LongestTimeout(GatewaySettings settings) =>
        settings.Endpoints.Values
            .Select(row => row.UpstreamTimeoutOrDefault).Append(EndpointOptions.DefaultTimeout).Max();
}
