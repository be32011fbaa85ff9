using OpenTelemetry.Trace;

namespace IslGateway.Telemetry;

/// <summary>
/// Ends the export of traces after everything else has stopped. Without this the library would delay the end by seconds if the collector
/// does not answer.
/// </summary>
internal sealed class TraceFlush(TracerProvider traces) : IHostedLifecycleService
{
    /// <summary>The most milliseconds to wait until the collector has the last spans.</summary>
    private const int Patience = 1_000;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.Run(() => traces.Shutdown(Patience), CancellationToken.None);
}
