using System.Text;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Edge;

internal static class EdgeExtensions
{
    /// <summary>Kestrel's own switch: lines of a request end in CR LF and nothing less, or another reader may see other lines.</summary>
    private const string StrictLineEnds = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    /// <summary>The listeners, and the limits that hold before a request has met any other room.</summary>
    public static WebApplicationBuilder AddEdge(this WebApplicationBuilder builder, GatewaySettings settings)
    {
        builder.Services.AddSingleton<ConnectionLimit>().AddSingleton<RequestCount>().AddSingleton<Via>();
        builder.Services.AddSingleton<ContextFactory>().AddSingleton<BodyIntake>().AddSingleton<ExchangeEnd>();
        builder.Services.AddSingleton(provider =>
            BudgetOf(provider.GetRequiredService<SettingsMonitor>(), provider.GetRequiredService<GatewayMetrics>()));
        builder.Services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = settings.Shutdown.ReadinessDelay + settings.Shutdown.DrainTimeout);
        AppContext.SetSwitch(StrictLineEnds, true);
        UnixSockets.RemoveAbandoned(builder.Configuration);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // Header values pass through as the bytes they are, lengths excepted.
            kestrel.RequestHeaderEncodingSelector = EncodingOf;
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
            SetLimits(kestrel.Limits, settings.Limits);
            kestrel.ConfigurationLoader?.Endpoint(Listeners.Management, static endpoint => endpoint.ListenOptions.MarkAsManagement());
            var connections = kestrel.ApplicationServices.GetRequiredService<ConnectionLimit>();
            foreach (var listener in Listeners.OfTheDataPlane(builder.Configuration))
                kestrel.ConfigurationLoader?.Endpoint(listener, endpoint => endpoint.ListenOptions.Use(connections.Count));
        });
        return builder;
    }

    /// <summary>
    /// Steps 1 and 2 of the journey: identity and body; and the last one: what every answer carries. Before them, the short way of plain
    /// hits.
    /// </summary>
    public static IApplicationBuilder UseEdge(this IApplicationBuilder app) =>
        app.UseMiddleware<HitLane>()
            .UseMiddleware<DrainMiddleware>().UseMiddleware<HopByHopMiddleware>().UseMiddleware<IdentityMiddleware>()
            .UseMiddleware<LoopMiddleware>().UseMiddleware<StrictRequestMiddleware>().UseMiddleware<ReservedPathsMiddleware>()
            .UseMiddleware<BodyMiddleware>()
            .UseMiddleware<PassThroughTimingMiddleware>();

    /// <summary>What one connection may hold, and how slow it may be.</summary>
    private static void SetLimits(KestrelServerLimits kestrel, LimitsOptions limits)
    {
        // The edge itself enforces the body limit where it applies: on rows of the table.
        kestrel.MaxRequestBodySize = null;
        kestrel.MaxRequestHeadersTotalSize = (int)limits.MaxRequestHeadersSize;
        kestrel.MaxRequestLineSize = (int)limits.MaxRequestHeadersSize;
        kestrel.MaxRequestBufferSize = limits.MaxConnectionBuffer;
        kestrel.MaxResponseBufferSize = limits.MaxConnectionBuffer;
        kestrel.RequestHeadersTimeout = limits.RequestHeadersTimeout;
        kestrel.KeepAliveTimeout = limits.KeepAliveTimeout;
        kestrel.MinRequestBodyDataRate = limits.MinTransferRate == 0
            ? null
            : new MinDataRate(limits.MinTransferRate, limits.RateGracePeriod);
        kestrel.MinResponseDataRate = kestrel.MinRequestBodyDataRate;
        kestrel.Http2.MaxStreamsPerConnection = limits.MaxStreamsPerConnection;

        // A field beyond this one's limit would end the connection and every other answer on it. Headers that are too long in all are one
        // stream's trouble (431) up to twice their limit.
        kestrel.Http2.MaxRequestHeaderFieldSize = 2 * (int)limits.MaxRequestHeadersSize;

        // HTTP/2's least is 65,535; a stream may fill what its connection may.
        kestrel.Http2.InitialConnectionWindowSize = kestrel.Http2.InitialStreamWindowSize =
            (int)Math.Max(limits.MaxConnectionBuffer, ushort.MaxValue);
    }

    /// <summary>The bytes of all buffers: as the settings have it now, and as each reload makes it.</summary>
    private static BufferBudget BudgetOf(SettingsMonitor settings, GatewayMetrics metrics)
    {
        var budget = new BufferBudget(settings.Current.Limits.MaxBufferedBytes);
        settings.Changed += changed => budget.Limit = changed.Limits.MaxBufferedBytes;
        metrics.Registry.AddBeforeCollectCallback(() => metrics.BufferedBytes.Set(budget.InUse));
        return budget;
    }

    private static Encoding EncodingOf(string header) =>
        header == HeaderNames.ContentLength ? StrictEncoding.Digits
        : header.Equals(StrictRequestMiddleware.MovedLength, StringComparison.OrdinalIgnoreCase) ? StrictEncoding.Nothing
        : Encoding.Latin1;
}
