using System.Runtime.InteropServices;
using System.Text;
using IslSimulator.Control;
using IslSimulator.Journey;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace IslSimulator;

/// <summary>
/// A stand-in for ISL on a real socket. It reads no settings of the process around it, and each instance has its own state, so that several
/// replicas can run side by side.
/// </summary>
public sealed class SimulatorHost : IAsyncDisposable
{
    private readonly WebApplication _app;
    private bool _stopped;

    private SimulatorHost(WebApplication app, SimulatorState state)
    {
        _app = app;
        State = state;
        var addresses = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        BaseAddress = new Uri(addresses.First());
    }

    /// <summary>Where it listens, with the real port.</summary>
    public Uri BaseAddress { get; }

    /// <summary>The same knobs and counters as <c>/_sim</c>, for the same process.</summary>
    public SimulatorState State { get; }

    /// <summary>Starts an instance; port 0 takes a free port.</summary>
    /// <exception cref="ArgumentException">An option is out of range.</exception>
    /// <exception cref="IOException">The address is in use.</exception>
    public static async Task<SimulatorHost> StartAsync(
        SimulatorOptions options,
        string url = "http://127.0.0.1:0",
        TimeProvider? time = null,
        Action<ILoggingBuilder>? logging = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        var state = new SimulatorState(options, time ?? TimeProvider.System);
        var app = Build(state, url, logging);
        try
        {
            await app.StartAsync();
            return new SimulatorHost(app, state);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs an instance in the foreground until the token, SIGINT or SIGTERM ends it.</summary>
    public static async Task RunAsync(SimulatorOptions options, string url, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        var host = await StartAsync(options, url, logging: LogToConsole);
        await using (host)
        {
            var logger = host._app.Services.GetRequiredService<ILogger<SimulatorHost>>();
            SimulatorLog.Listening(logger, options.Build, host.BaseAddress);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, stop.Token)
                .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        static void LogToConsole(ILoggingBuilder log) =>
            log.AddSimpleConsole(static console => console.SingleLine = true).AddFilter("Microsoft", LogLevel.Warning)
                // Why it could not start is the exception, which whoever started it tells.
                .AddFilter("Microsoft.Extensions.Hosting", LogLevel.None);

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stop.Cancel();
        }
    }

    /// <summary>Stops listening; running calls are cut after half a second.</summary>
    public async Task StopAsync()
    {
        if (_stopped) return;
        _stopped = true;
        await _app.StopAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await _app.DisposeAsync();
    }

    private static WebApplication Build(SimulatorState state, string url, Action<ILoggingBuilder>? logging)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions
        {
            ApplicationName = "IslSimulator",
            ContentRootPath = AppContext.BaseDirectory,
            EnvironmentName = Environments.Production,
        });
        logging?.Invoke(builder.Logging);
        builder.Services.AddSingleton<IHostLifetime, EmbeddedLifetime>();
        builder.Services.Configure<HostOptions>(static host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(500));
        builder.WebHost.UseKestrelCore().UseUrls(url).ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.RequestHeaderEncodingSelector = static _ => Encoding.Latin1;
            kestrel.ResponseHeaderEncodingSelector = static _ => Encoding.Latin1;
            kestrel.ConfigureEndpointDefaults(static listener => listener.Protocols = HttpProtocols.Http1);
            // uvicorn closes idle connections after 5 s. ISL itself checks the body's size, by Content-Length only.
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(5);
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
        });
        var app = builder.Build();
        var journey = new IslJourney(state, app.Services.GetRequiredService<ILogger<IslJourney>>());
        var control = new ControlPanel(state);
        app.Run(http =>
        {
            http.Response.Headers[HeaderNames.Simulated] = "true";
            return ControlPanel.Owns(http.Request.Path) ? control.HandleAsync(http) : journey.HandleAsync(http);
        });
        return app;
    }
}
