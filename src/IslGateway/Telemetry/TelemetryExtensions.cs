using System.Diagnostics;
using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace IslGateway.Telemetry;

internal static class TelemetryExtensions
{
    /// <summary>What the gateway is called among services, unless <c>OTEL_SERVICE_NAME</c> says otherwise.</summary>
    private const string ServiceName = "islgateway";

    /// <summary>
    /// Metrics for Prometheus, and traces for OpenTelemetry where one of the standard <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> variables says
    /// where to. Without, no request pays for a span, and a caller's <c>traceparent</c> passes on to ISL as it came.
    /// </summary>
    /// <param name="builder">The application.</param>
    /// <param name="isTraced">Whether a request is one whose span is of interest.</param>
    public static WebApplicationBuilder AddTelemetry(this WebApplicationBuilder builder, Func<HttpContext, bool> isTraced)
    {
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 }
            || builder.Configuration["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] is { Length: > 0 })
        {
            builder.Services.AddOpenTelemetry()
                .ConfigureResource(static resource =>
                    resource.AddService(ServiceName, serviceVersion: GatewayMetrics.Version).AddEnvironmentVariableDetector())
                .WithTracing(tracing => tracing
                    .AddSource(GatewayActivity.SourceName)
                    .AddAspNetCoreInstrumentation(server =>
                    {
                        server.Filter = isTraced;
                        server.EnrichWithHttpResponse = static (span, response) => NameAfterEndpoint(span, response.HttpContext.Request);
                    })
                    .AddOtlpExporter());
            builder.Services.AddHostedService<TraceFlush>();
        }

        builder.Services.AddSingleton<MetricsPage>();
        builder.Logging.UseConsoleLog();
        return builder;
    }

    /// <summary>Maps <c>/metrics</c>, which exports the gateway's own registry only.</summary>
    public static void MapMetricsEndpoint(this IEndpointRouteBuilder routes) =>
        routes.MapMethods(
            "/metrics", [HttpMethods.Get, HttpMethods.Head], routes.ServiceProvider.GetRequiredService<MetricsPage>().AnswerAsync);

    /// <summary>Replaces .NET's console logger by <see cref="ConsoleLog"/>, with the same formats and settings.</summary>
    private static void UseConsoleLog(this ILoggingBuilder logging)
    {
        if (logging.Services.FirstOrDefault(service => service.ImplementationType == typeof(ConsoleLoggerProvider)) is not { } standard)
            return;
        logging.Services.Remove(standard);
        logging.Services.AddSingleton<ILoggerProvider, ConsoleLog>();
    }

    /// <summary>A server's span is called after its endpoint and not after the proxy's one route, which matches everything.</summary>
    private static void NameAfterEndpoint(Activity span, HttpRequest request)
    {
        if (span.GetTagItem(GatewayActivity.EndpointTag) is not string endpoint) return;
        var method = HttpMethods.GetCanonicalizedValue(request.Method);
        span.DisplayName = HttpMethods.IsPost(method) || HttpMethods.IsGet(method) ? $"{method} {endpoint}" : endpoint;
        span.SetTag(GatewayActivity.RouteTag, endpoint);
    }
}
