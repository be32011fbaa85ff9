using IslGateway.Caching;
using IslGateway.Commands;
using IslGateway.Edge;
using IslGateway.Endpoints;
using IslGateway.Operations;
using IslGateway.Settings;
using IslGateway.Settings.Reading;
using IslGateway.Telemetry;
using IslGateway.Upstream.Forwarding;
using IslGateway.Workflows.Batch;
using IslGateway.Workflows.Compare;
using IslGateway.Workflows.Experiments;
using IslGateway.Workflows.Kept;
using IslGateway.Workflows.Precision;
using IslGateway.Workflows.Rollover;
using IslGateway.Workflows.Sentinel;
using IslGateway.Workflows.Warming;

namespace IslGateway;

/// <summary>Builds the gateway. The order of the lines is the journey of a request.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => CommandLine.RunAsync(args, settings => BuildAsync(settings), Configure);

    /// <summary>Builds the gateway from its configuration, without starting to listen.</summary>
    /// <param name="args">Settings, as on the command line.</param>
    /// <param name="replace">Replaces shipped services, for tests.</param>
    /// <exception cref="SettingsException">Names every setting that is wrong.</exception>
    internal static async Task<WebApplication> BuildAsync(string[] args, Action<IServiceCollection>? replace = null)
    {
        var (builder, settings) = Configure(args);
        var replicas = await builder.AddUpstreamAsync(settings);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.AddTelemetry(isTraced: static http => !Listeners.IsManagement(http));
        builder.AddEdge(settings);
        builder.Services.AddEndpointTable(settings).AddCaching(settings);
        builder.Services.AddPrecision().AddExperiments().AddBatch().AddSentinel();
        builder.Services.AddKept().AddWarming().AddRollover().AddCompare();
        builder.Services.AddOperations();
        builder.AddForwarding(settings, replicas);

        replace?.Invoke(builder.Services);
        var app = builder.Build();
        app.UseManagement();
        app.UseEdge();
        app.UsePrecision();
        app.UseExperiments();
        app.UseCaching();
        app.UseForwardingRoute();
        app.MapReverseProxy(pipeline =>
        {
            pipeline.UseDetachedUpstream();
            pipeline.UseReplicaChoice();
            pipeline.UseLoadBalancing();
        });
        return app;
    }

    /// <summary>Reads and checks the settings.</summary>
    /// <exception cref="SettingsException">Names every setting that is wrong.</exception>
    private static ConfiguredGateway Configure(string[] args)
    {
        SettingsExtensions.PollFiles();
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.HoldFiles().AddShippedEndpoints().AddLoggingDefaults().AddDefaultListeners().AddSecrets();
        builder.Configuration.AddH2cProtocol();
        return new ConfiguredGateway(
            builder, builder.Services.AddGatewaySettings(builder.Configuration, builder.Environment, Check));

        void Check(GatewaySettings settings, SettingsReport report)
        {
            EndpointRules.Check(settings, report);
            ListenerRules.Check(builder.Configuration, builder.Environment.ContentRootPath, report);
        }
    }
}
