namespace IslGateway.Caching.Filling;

/// <summary>
/// When the gateway stops, waits for the fills whose callers have left, so that the next start finds their answers stored. A fill that
/// takes longer than <c>Shutdown:DrainTimeout</c> is dropped.
/// </summary>
internal sealed class FillDrain(SingleFlight flights) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        try
        {
            await flights.WhenIdleAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            flights.GiveUp();
        }
    }
}
