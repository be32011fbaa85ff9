using IslGateway.Caching.Epochs;
using IslGateway.Settings;
using Yarp.ReverseProxy.Forwarder;

namespace IslGateway.Forwarding;

/// <summary>
/// Makes YARP's client to ISL: how it connects, whom it trusts, how long it keeps connections, and who counts them. How many it may have,
/// <see cref="UpstreamCluster"/> says.
/// </summary>
internal sealed class ForwardingClients(SettingsMonitor settings, IDialer dialer, ConnectionCount connections, ILogger<ForwarderHttpClientFactory> logger)
    : ForwarderHttpClientFactory(logger)
{
    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        var isl = settings.Current.Isl;
        handler.MeterFactory = connections;
        handler.ConnectCallback = dialer.DialAsync;
        handler.SslOptions = TrustedRoots.For(isl);
        handler.PooledConnectionIdleTimeout = isl.IdleTimeout;
        handler.ConnectTimeout = isl.ConnectTimeout;
        handler.EnableMultipleHttp2Connections = true;
    }
}
