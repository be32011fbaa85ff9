using Microsoft.Extensions.Logging.Console;
using OpenTelemetry.Trace;

namespace IslGateway.Telemetry;

internal static class TelemetryExtensions
{
    /// <summary>
    /// Metrics for Prometheus, and traces for OpenTelemetry where one of the standard <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> variables says
    /// where to. Without, no request pays for a span, and a caller's <c>traceparent</c> passes on to ISL as it came.
    /// </summary>
    public static WebApplicationBuilder AddTelemetry(this WebApplicationBuilder builder)
    {
        if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 }
            || builder.Configuration["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"] is { Length: > 0 })
        {
            builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing
                .AddSource(GatewayActivity.SourceName)
                .AddAspNetCoreInstrumentation()
                .AddOtlpExporter());
            builder.Services.AddHostedService<TraceFlush>();
        }

        builder.Services.AddSingleton<MetricsPage>();
        builder.Logging.UseConsoleLog();
        return builder;
    }

    /// <summary>Replaces .NET's console logger by <see cref="ConsoleLog"/>, with the same formats and settings.</summary>
    private static void UseConsoleLog(this ILoggingBuilder logging)
    {
        if (logging.Services.FirstOrDefault(service => service.ImplementationType == typeof(ConsoleLoggerProvider)) is not { } standard)
            return;
        logging.Services.Remove(standard);
        logging.Services.AddSingleton<ILoggerProvider, ConsoleLog>();
    }

    /// <summary>Maps <c>/metrics</c>, which exports the gateway's own registry only.</summary>
    public static void MapMetricsEndpoint(this IEndpointRouteBuilder routes) =>
        routes.MapMethods(
            "/metrics", [HttpMethods.Get, HttpMethods.Head], routes.ServiceProvider.GetRequiredService<MetricsPage>().AnswerAsync);
}
