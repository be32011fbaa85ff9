using System.Text;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Telemetry.KeyLogging;
using IslGateway.Upstream;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Edge;

internal static class EdgeExtensions
{
    /// <summary>
    /// Kestrel's switch: only CR LF ends a line of a request; a server that accepts less may see other lines than ISL does.
    /// </summary>
    private const string StrictLineEnds = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    /// <summary>Adds the listeners, and the limits that apply before a request reaches the pipeline.</summary>
    public static WebApplicationBuilder AddEdge(this WebApplicationBuilder builder, GatewaySettings settings)
    {
        builder.Services.AddSingleton<ConnectionLimit>().AddSingleton<RequestCount>().AddSingleton<Via>().AddSingleton<LogScopes>();
        builder.Services.AddSingleton<ContextFactory>().AddSingleton<BodyIntake>().AddSingleton<BodyStep>().AddSingleton<RequestLog>();
        builder.Services.AddSingleton<KeyLog>().AddHostedService(provider => provider.GetRequiredService<KeyLog>());
        builder.Services.AddSingleton<KeyTraces>().AddSingleton<ExchangeEnd>().AddSingleton<InnerEntrance>();
        builder.Services.AddHostedService<Rehearsal>();
        builder.Services.AddSingleton(provider =>
            BudgetOf(provider.GetRequiredService<SettingsMonitor>(), provider.GetRequiredService<GatewayMetrics>()));
        builder.Services.Configure<HostOptions>(host =>
            host.ShutdownTimeout = settings.Shutdown.ReadinessDelay + settings.Shutdown.DrainTimeout);
        AppContext.SetSwitch(StrictLineEnds, true);
        UnixSockets.RemoveAbandoned(builder.Configuration);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // Header values pass through as the bytes that came; only lengths are checked.
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
        app.UseMiddleware<HitLane>().Use(app.ApplicationServices.GetRequiredService<InnerEntrance>().Attach)
            .UseMiddleware<DrainMiddleware>().UseMiddleware<HopByHopMiddleware>().UseMiddleware<IdentityMiddleware>()
            .UseMiddleware<LoopMiddleware>().UseMiddleware<StrictRequestMiddleware>().UseMiddleware<ReservedPathsMiddleware>()
            .UseMiddleware<BodyMiddleware>()
            .UseMiddleware<PassThroughTimingMiddleware>();

    /// <summary>Limits on what one connection may hold, and on how slow it may be.</summary>
    private static void SetLimits(KestrelServerLimits kestrel, LimitsOptions limits)
    {
        // The edge's own middleware enforces the body limit, on the endpoint table's rows only.
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

        // A longer field would end the connection with all its streams. Headers up to twice their total limit are refused (431) on their
        // own stream alone.
        kestrel.Http2.MaxRequestHeaderFieldSize = 2 * (int)limits.MaxRequestHeadersSize;

        // HTTP/2's minimum is 65,535; one stream may fill the whole window of its connection.
        kestrel.Http2.InitialConnectionWindowSize = kestrel.Http2.InitialStreamWindowSize =
            (int)Math.Max(limits.MaxConnectionBuffer, ushort.MaxValue);
    }

    /// <summary>The buffer budget, whose limit follows the settings.</summary>
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
