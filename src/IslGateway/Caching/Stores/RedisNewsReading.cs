namespace IslGateway.Caching.Stores;

/// <summary>Lets every reader catch up, at a nudge and twice a second anyway.</summary>
internal sealed class RedisNewsReading(RedisNews news, IEnumerable<INewsReader> readers, TimeProvider time) : BackgroundService
{
    /// <summary>DESIGN's own figure: with it, whatever one gateway does holds at the others within a second.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly INewsReader[] _readers = [.. readers];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var nudge = news.WaitAsync(stoppingToken);
            while (true)
            {
                await news.SubscribeAsync();
                await Task.WhenAll(_readers.Select(reader => reader.CatchUpAsync(stoppingToken)));
                if (await Task.WhenAny(nudge, Task.Delay(Interval, time, stoppingToken)) == nudge) nudge = news.WaitAsync(stoppingToken);
                stoppingToken.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }
}
