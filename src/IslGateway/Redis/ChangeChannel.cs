using System.Threading.Channels;
using StackExchange.Redis;

namespace IslGateway.Redis;

/// <summary>
/// Lets every reader catch up with what other gateways have changed: when one of them says so (publish and subscribe, which may lose it),
/// when Redis has come up, and twice a second in any case.
/// </summary>
internal sealed partial class ChangeChannel(
    RedisHealth health, RedisNames names, IEnumerable<IChangeReader> readers, TimeProvider time, ILogger<ChangeChannel> logger)
    : BackgroundService, IChannelListener
{
    /// <summary>With it, whatever one gateway does holds at the others within a second.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // Many nudges at once are one.
    private readonly Channel<bool> _nudges = System.Threading.Channels.Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private bool _toldUnexpected;

    public RedisChannel Channel => names.News;

    public void Hear(byte[]? message) => _nudges.Writer.TryWrite(true);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // Much may have happened while Redis was away.
        health.CameUp += () => Hear(null);
        try
        {
            for (var nudge = Task.CompletedTask; ;)
            {
                if (nudge.IsCompleted) nudge = _nudges.Reader.ReadAsync(stoppingToken).AsTask();
                await CatchUpAsync(stoppingToken);
                await Task.WhenAny(nudge, Task.Delay(Interval, time, stoppingToken));
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
            await Task.WhenAll(readers.Select(reader => reader.CatchUpAsync(stoppingToken)));
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
