using System.Text;
using IslGateway.Content;
using IslGateway.Settings;
using Microsoft.Net.Http.Headers;

namespace IslGateway.Edge;

internal static class EdgeExtensions
{
    /// <summary>Kestrel's own switch: lines of a request end in CR LF and nothing less, or another reader may see other lines.</summary>
    private const string StrictLineEnds = "Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators";

    /// <summary>The listeners, and the limits that hold before a request has met any other room.</summary>
    public static WebApplicationBuilder AddEdge(this WebApplicationBuilder builder, GatewaySettings settings)
    {
        builder.Services.AddSingleton(provider => BudgetOf(provider.GetRequiredService<SettingsMonitor>()));
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = settings.Shutdown.ReadinessDelay + settings.Shutdown.DrainTimeout);
        AppContext.SetSwitch(StrictLineEnds, true);
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // The edge itself enforces the body limit where it applies: on rows of the table.
            kestrel.Limits.MaxRequestBodySize = null;

            // Header values pass through as the bytes they are, lengths excepted.
            kestrel.RequestHeaderEncodingSelector = EncodingOf;
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
            kestrel.ConfigurationLoader?.Endpoint(Listeners.Management, static endpoint => endpoint.ListenOptions.MarkAsManagement());
        });
        return builder;
    }

    /// <summary>Steps 1 and 2 of the journey: identity and body; and the last one: what every answer carries.</summary>
    public static IApplicationBuilder UseEdge(this IApplicationBuilder app) =>
        app.UseMiddleware<HopByHopMiddleware>().UseMiddleware<ExchangeMiddleware>().UseMiddleware<StrictRequestMiddleware>()
            .UseMiddleware<ReservedPathsMiddleware>().UseMiddleware<BodyMiddleware>()
            .UseMiddleware<PassThroughTimingMiddleware>().UseMiddleware<TrailersMiddleware>();

    /// <summary>The bytes of all buffers: as the settings have it now, and as each reload makes it.</summary>
    private static BufferBudget BudgetOf(SettingsMonitor settings)
    {
        var budget = new BufferBudget(settings.Current.Limits.MaxBufferedBytes);
        settings.Changed += changed => budget.Limit = changed.Limits.MaxBufferedBytes;
        return budget;
    }

    private static Encoding EncodingOf(string header) =>
        header == HeaderNames.ContentLength ? StrictEncoding.Digits
        : header.Equals(StrictRequestMiddleware.MovedLength, StringComparison.OrdinalIgnoreCase) ? StrictEncoding.Nothing
        : Encoding.Latin1;
}
