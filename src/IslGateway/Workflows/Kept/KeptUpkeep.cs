namespace IslGateway.Workflows.Kept;

/// <summary>
/// Every few seconds takes in the hits of kept requests and removes those that have lost their right to be there; they are not given out
/// any more before that.
/// </summary>
internal sealed class KeptUpkeep(KeptRequests kept, TimeProvider time) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Interval, time, stoppingToken);
                kept.Sweep();
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
    }
}
