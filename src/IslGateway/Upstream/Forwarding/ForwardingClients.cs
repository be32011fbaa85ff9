using IslGateway.Settings;
using Yarp.ReverseProxy.Forwarder;

namespace IslGateway.Upstream.Forwarding;

/// <summary>
/// Makes the client of one connection pool to ISL: how it connects, whom it trusts, how long connections live, and how they are counted.
/// (<see cref="UpstreamCluster"/> limits their number.) Settings are those at start; changes take effect at the next start.
/// </summary>
internal sealed class ForwardingClients(
    SettingsMonitor settings, IDialer dialer, ConnectionCount connections, TimeProvider time, ILogger<ForwarderHttpClientFactory> logger)
    : ForwarderHttpClientFactory(logger)
{
    /// <summary>
    /// How long <c>Expect: 100-continue</c> waits for ISL's reply before the body is sent. Long enough for a refusal that needs only the
    /// head; short because a server that does not support it, or is computing, does not reply, and delays each such body by this time. A
    /// later refusal still reaches the caller.
    /// </summary>
    private static readonly TimeSpan AnnouncementHolds = TimeSpan.FromMilliseconds(250);

    private readonly IslOptions _isl = settings.Current.Isl;

    protected override void ConfigureHandler(ForwarderHttpClientContext context, SocketsHttpHandler handler)
    {
        base.ConfigureHandler(context, handler);
        handler.MeterFactory = connections;

        // The traced calls name the parent themselves.
        handler.ActivityHeadersPropagator = null;
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

    /// <summary>Adds a second client beside the pooled one, each of whose connections carries one request; both are traced.</summary>
    protected override HttpMessageHandler WrapHandler(ForwarderHttpClientContext context, HttpMessageHandler handler)
    {
        var pooled = (SocketsHttpHandler)handler;
        var own = new SocketsHttpHandler
        {
            UseProxy = pooled.UseProxy,
            AllowAutoRedirect = pooled.AllowAutoRedirect,
            AutomaticDecompression = pooled.AutomaticDecompression,
            UseCookies = pooled.UseCookies,
        };
        ConfigureHandler(context, own);
        own.PooledConnectionLifetime = TimeSpan.Zero;
        own.PlaintextStreamFilter = (connection, _) => new(connection.NegotiatedHttpVersion.Major == 1
            ? new UpstreamConnection(new EarlyAnswerStream(connection.PlaintextStream, time))
            : connection.PlaintextStream);
        return new TracedCalls(new ConnectionChoice(pooled, own));
    }
}
