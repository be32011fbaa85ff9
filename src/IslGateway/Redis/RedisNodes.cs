namespace IslGateway.Redis;

/// <summary>
/// Watches the nodes of a cluster. With one of them away Redis is up and a part of the keys is not: nothing else would tell of it. What is
/// asked of that node counts as a miss.
/// </summary>
internal sealed partial class RedisNodes(RedisConnection connection, TimeProvider time, ILogger<RedisNodes> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    /// <summary>A connection that is made anew is away for a moment.</summary>
    private const int LooksUntilAway = 2;

    private int _looks;
    private bool _told;
    private bool _toldUnexpected;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, time);
            while (await timer.WaitForNextTickAsync(stoppingToken)) TryLook();
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }

    private void TryLook()
    {
        try
        {
            Look();
        }
        catch (Exception exception)
        {
            if (!_toldUnexpected) LogUnexpected(exception);
            _toldUnexpected = true;
        }
    }

    private void Look()
    {
        // Redis as a whole is told of elsewhere.
        if (!connection.IsUp || connection.Multiplexer is not { } multiplexer || !RedisTopology.IsCluster(multiplexer)) return;
        var masters = Array.FindAll(multiplexer.GetServers(), server => !server.IsReplica);
        var away = masters.Count(master => !master.IsConnected);
        _looks = away == 0 ? 0 : _looks + 1;
        if (_looks == LooksUntilAway && !_told)
        {
            _told = true;
            LogAway(away, masters.Length);
        }
        else if (away == 0 && _told)
        {
            _told = false;
            LogWhole(masters.Length);
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Redis: {Away} of the cluster's {All} masters are away; until they are back, what they hold is not found")]
    private partial void LogAway(int away, int all);

    [LoggerMessage(Level = LogLevel.Error, Message = "Redis: the state of its nodes cannot be told")]
    private partial void LogUnexpected(Exception exception);

    [LoggerMessage(Level = LogLevel.Information, Message = "Redis: the cluster's {All} masters are all there again")]
    private partial void LogWhole(int all);
}
