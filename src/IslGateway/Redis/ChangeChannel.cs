using System.Threading.Channels;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// Lets every reader catch up with what other gateways have changed: when one of them says so (publish and subscribe, which may lose it),
/// when Redis has come up, and twice a second in any case.
/// </summary>
internal sealed partial class ChangeChannel : BackgroundService, IChannelListener
{
    /// <summary>With it, whatever one gateway does holds at the others within a second.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    private readonly RedisNames _names;
    private readonly IChangeReader[] _readers;
    private readonly TimeProvider _time;
    private readonly ILogger<ChangeChannel> _logger;

    // Many nudges at once are one.
    private readonly Channel<bool> _nudges = System.Threading.Channels.Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private bool _toldUnexpected;

    public ChangeChannel(
        RedisConnection connection, RedisNames names, IEnumerable<IChangeReader> readers, TimeProvider time, ILogger<ChangeChannel> logger)
    {
        (_names, _readers, _time, _logger) = (names, [.. readers], time, logger);

        // Much may have happened while Redis was away.
        connection.CameUp += () => Hear(null);
    }

    public RedisChannel Channel => _names.News;

    public void Hear(byte[]? message) => _nudges.Writer.TryWrite(true);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var nudge = _nudges.Reader.ReadAsync(stoppingToken).AsTask();
            while (true)
            {
                await CatchUpAsync(stoppingToken);
                var next = Task.Delay(Interval, _time, stoppingToken);
                if (await Task.WhenAny(nudge, next) == nudge) nudge = _nudges.Reader.ReadAsync(stoppingToken).AsTask();
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

    [LoggerMessage(Level = LogLevel.Error, Message =
        "What other gateways say in Redis could not be read; it is tried again twice a second")]
    private partial void LogUnexpected(Exception exception);
}
