using IslGateway.Caching.Epochs;
using IslGateway.Settings;
using Yarp.ReverseProxy.Forwarder;

namespace IslGateway.Forwarding;

/// <summary>
/// Makes the client of one pool of connections to ISL: how it connects, whom it trusts, how long it keeps connections, and who counts them. How
/// many it may have, <see cref="UpstreamCluster"/> says.
/// The settings are those of the start, whenever the pool is made: connections follow at the next start.
/// </summary>
internal sealed class ForwardingClients(SettingsMonitor settings, IDialer dialer, ConnectionCount connections, ILogger<ForwarderHttpClientFactory> logger)
    : ForwarderHttpClientFactory(logger)
{
    private readonly IslOptions _isl = settings.Current.Isl;

    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        handler.MeterFactory = connections;
        handler.ConnectCallback = dialer.DialAsync;
        handler.SslOptions = TrustedRoots.For(_isl);
        handler.PooledConnectionIdleTimeout = _isl.IdleTimeout;
        handler.PooledConnectionLifetime = _isl.ConnectionLifetime;
        handler.ConnectTimeout = _isl.ConnectTimeout;
        handler.EnableMultipleHttp2Connections = true;
    }
}
