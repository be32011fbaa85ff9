using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Configuration;
using Yarp.ReverseProxy.ServiceDiscovery;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// YARP's own resolver, except for names that do not resolve: such a name neither stops the gateway's start nor removes the replicas that
/// it had last. It is asked for again as often as before.
/// </summary>
internal sealed partial class LastKnownGoodResolver(
    IDestinationResolver inner, TimeSpan again, TimeProvider time, ILogger<LastKnownGoodResolver> logger)
    : IDestinationResolver
{
    private volatile IReadOnlyDictionary<string, DestinationConfig> _last = new Dictionary<string, DestinationConfig>();
    private volatile bool _fails;

    public async ValueTask<ResolvedDestinationCollection> ResolveDestinationsAsync(
        IReadOnlyDictionary<string, DestinationConfig> destinations, CancellationToken cancellationToken)
    {
        try
        {
            var resolved = await inner.ResolveDestinationsAsync(destinations, cancellationToken);
            _last = resolved.Destinations;
            if (_fails) LogRecovered(resolved.Destinations.Count);
            _fails = false;
            return resolved;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            if (!_fails) LogFailing(_last.Count, e.GetBaseException().Message);
            _fails = true;
            return new ResolvedDestinationCollection(_last, new CancellationChangeToken(new CancellationTokenSource(again, time).Token));
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "ISL's host does not resolve: {Trouble}. The replicas known last ({Count}) are used until it does")]
    private partial void LogFailing(int count, string trouble);

    [LoggerMessage(Level = LogLevel.Information, Message = "ISL's host resolves again, to {Count} replicas")]
    private partial void LogRecovered(int count);
}
