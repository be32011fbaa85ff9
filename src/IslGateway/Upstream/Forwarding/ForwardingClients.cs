using IslGateway.Settings;
using Yarp.ReverseProxy.Forwarder;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Makes the client of one pool of connections to ISL: how it connects, whom it trusts, how long it keeps connections, and who counts them.
/// How many it may have, <see cref="UpstreamCluster"/> says. The settings are those of the start, whenever the pool is made: connections
/// follow at the next start.
/// </summary>
internal sealed class ForwardingClients(
    SettingsMonitor settings, IDialer dialer, ConnectionCount connections, TimeProvider time, ILogger<ForwarderHttpClientFactory> logger)
    : ForwarderHttpClientFactory(logger)
{
    /// <summary>
    /// How long an announced body waits for ISL's word. Longer than a refusal takes that needs no more than the head, so that it comes
    /// before the body; short, since a server that does not know the announcement, or computes just now, says nothing, and each such body
    /// waits so long. What is refused later is answered all the same.
    /// </summary>
    private static readonly TimeSpan AnnouncementHolds = TimeSpan.FromMilliseconds(250);

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
        handler.Expect100ContinueTimeout = AnnouncementHolds;
        handler.PlaintextStreamFilter = static (connection, _) =>
            new(connection.NegotiatedHttpVersion.Major == 1
                ? new UpstreamConnection(connection.PlaintextStream)
                : connection.PlaintextStream);
    }

    /// <summary>Puts a second client beside the pooled one, whose connections carry one request each.</summary>
    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler)
    {
        var pooled = (SocketsHttpHandler)handler;
        var own = new SocketsHttpHandler
        {
            UseProxy = pooled.UseProxy,
            AllowAutoRedirect = pooled.AllowAutoRedirect,
            AutomaticDecompression = pooled.AutomaticDecompression,
            UseCookies = pooled.UseCookies,
            ActivityHeadersPropagator = pooled.ActivityHeadersPropagator,
        };
        ConfigureHandler(context, own);
        own.PooledConnectionLifetime = TimeSpan.Zero;
        own.PlaintextStreamFilter = (connection, _) => new(connection.NegotiatedHttpVersion.Major == 1
            ? new UpstreamConnection(new EarlyAnswerStream(connection.PlaintextStream, time))
            : connection.PlaintextStream);
        return new ConnectionChoice(pooled, own);
    }
}
