namespace IslGateway.Redis;

/// <summary>Lets every reader catch up, at a nudge and twice a second anyway.</summary>
internal sealed partial class RedisNewsReading(
    RedisNews news, IEnumerable<INewsReader> readers, TimeProvider time, ILogger<RedisNewsReading> logger) : BackgroundService
{
    /// <summary>DESIGN's own figure: with it, whatever one gateway does holds at the others within a second.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly INewsReader[] _readers = [.. readers];
    private bool _toldUnexpected;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var nudge = news.WaitAsync(stoppingToken);
            while (true)
            {
                await CatchUpAsync(stoppingToken);
                if (await Task.WhenAny(nudge, Task.Delay(Interval, time, stoppingToken)) == nudge) nudge = news.WaitAsync(stoppingToken);
                stoppingToken.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    /// <summary>Nothing that one of them meets may end the reading for the others, or the gateway.</summary>
    private async Task CatchUpAsync(CancellationToken stoppingToken)
    {
        try
        {
            await Task.WhenAll(_readers.Select(reader => reader.CatchUpAsync(stoppingToken)));
            _toldUnexpected = false;
        }
        catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
        {
            if (!_toldUnexpected) LogUnexpected(exception);
            _toldUnexpected = true;
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "What other gateways say in Redis could not be read; it is tried again twice a second")]
    private partial void LogUnexpected(Exception exception);
}
