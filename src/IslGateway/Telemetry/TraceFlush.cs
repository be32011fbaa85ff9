using OpenTelemetry.Trace;

namespace IslGateway.Telemetry;

/// <summary>
/// Ends the export of traces once everything else has stopped. The library would wait 5 s for a collector that does not answer; spans are
/// not worth that much of an end.
/// </summary>
internal sealed class TraceFlush(TracerProvider traces) : IHostedLifecycleService
{
    /// <summary>Milliseconds that the last spans have to be taken.</summary>
    private const int Patience = 1_000;

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.Run(() => traces.Shutdown(Patience), CancellationToken.None);
}
