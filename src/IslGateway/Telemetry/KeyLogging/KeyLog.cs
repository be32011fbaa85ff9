using System.Text;
using System.Threading.Channels;
using IslGateway.Settings;
using Prometheus;

namespace IslGateway.Telemetry.KeyLogging;

/// <summary>
/// Writes <c>Telemetry:KeyLog</c>. Nobody waits for it: lines go into a queue, and where that is full because the disk is slow, they are
/// dropped and counted. A file that cannot be written is said once, and tried again from time to time.
/// </summary>
internal sealed partial class KeyLog : BackgroundService
{
    /// <summary>Lines that may wait for the disk: about 2 MB.</summary>
    private const int MostWaiting = 8_192;

    /// <summary>Characters of lines that are written at once.</summary>
    private const int Batch = 32 << 10;

    /// <summary>Between two attempts at a file that cannot be written.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    /// <summary>What a gateway that ends gives the disk for the last lines.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(2);

    private readonly Channel<KeyLogLine> _lines = Channel.CreateBounded<KeyLogLine>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true });

    private readonly SettingsMonitor _settings;
    private readonly TimeProvider _time;
    private readonly ILogger<KeyLog> _logger;
    private readonly Counter.Child _written;
    private readonly Counter.Child _dropped;
    private readonly Counter.Child _failed;
    private readonly StringBuilder _text = new();

    // Times are counted on from the start, so that a clock that is set does not make a log jump.
    private readonly DateTimeOffset _startedAt;
    private readonly long _started;
    private KeyLogFile? _file;
    private long? _failedAt;

    public KeyLog(SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time, ILogger<KeyLog> logger)
    {
        (_settings, _time, _logger) = (settings, time, logger);
        (_startedAt, _started) = (time.GetUtcNow(), time.GetTimestamp());
        _written = metrics.KeyLogLines.WithLabels("written");
        _dropped = metrics.KeyLogLines.WithLabels("dropped");
        _failed = metrics.KeyLogLines.WithLabels("failed");
    }

    /// <summary>Takes in a line; never waits.</summary>
    public void Take(KeyLogLine line)
    {
        var at = _startedAt + _time.GetElapsedTime(_started) - DateTimeOffset.UnixEpoch;
        if (!_lines.Writer.TryWrite(line with { At = at.TotalSeconds })) _dropped.Inc();
    }

    /// <summary>Lets the disk have what was taken in, for a short time.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        _lines.Writer.TryComplete();
        if (ExecuteTask is { } writing)
            await writing.WaitAsync(LastWords, _time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await base.StopAsync(new CancellationToken(canceled: true));
        _file?.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A disk may hold up whoever writes to it, and must not hold up the start.
        await Task.Yield();
        try
        {
            while (await _lines.Reader.WaitToReadAsync(stoppingToken))
            {
                var count = 0;
                for (_text.Clear(); _text.Length < Batch && _lines.Reader.TryRead(out var line); count++) line.AppendTo(_text);
                await WriteAsync(_text.ToString(), count, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway ends, or has not come to start.
        }
    }

    private async Task WriteAsync(string text, int lines, CancellationToken cancellationToken)
    {
        var settings = _settings.Current;
        var path = settings.Telemetry.KeyLog;
        if (path != _file?.Path)
        {
            _file?.Dispose();
            (_file, _failedAt) = (path.Length == 0 ? null : new KeyLogFile(path), null);
        }

        if (_file is null || (_failedAt is { } at && _time.GetElapsedTime(at) < Pause))
        {
            _failed.Inc(lines);
            return;
        }

        try
        {
            var head = KeyLogHead.Of(settings, _startedAt.ToUnixTimeMilliseconds()).ToLine();
            await _file.AppendAsync(head, text, settings.Telemetry.KeyLogSize, cancellationToken);
            _written.Inc(lines);
            if (_failedAt is not null) LogAgain(path);
            _failedAt = null;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            _file.Dispose();
            _failed.Inc(lines);
            if (_failedAt is null) LogFailed(path, e.Message);
            _failedAt = _time.GetTimestamp();
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Telemetry:KeyLog {Path} cannot be written; its lines are lost until it can be. {Reason}")]
    private partial void LogFailed(string path, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Telemetry:KeyLog {Path} is written again")]
    private partial void LogAgain(string path);
}
