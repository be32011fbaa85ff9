using System.IO.Pipelines;
using IslGateway.Settings;

namespace IslGateway.Workflows.Warming;

/// <summary>Warms the cache with <c>Warming:File</c> once the gateway serves; callers wait for none of it.</summary>
internal sealed partial class WarmAtStart(
    Warmer warmer, SettingsMonitor settings, IHostApplicationLifetime lifetime, ILogger<WarmAtStart> logger) : BackgroundService
{
    /// <summary>Lines that are logged one by one; those beyond are only counted.</summary>
    private const int MaxLogged = 20;

    private volatile string? _unread;

    /// <summary>What an operator should repair: a file that could not be read, until the cache has been warmed with another.</summary>
    public IEnumerable<string> Warnings()
    {
        if (_unread is { } why && !warmer.HasWarmed)
            yield return $"Warming:File was not read at the start, so the cache was not warmed: {why} Warm it by hand, or start again.";
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (settings.Current.Warming.File is not { } file) return;
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        try
        {
            await started.Task.WaitAsync(stoppingToken);
            await using var stream = File.OpenRead(file);
            var reader = PipeReader.Create(stream);
            var logged = 0;
            var report = await warmer.TryRunAsync(reader, result => Log(result, ref logged), stoppingToken);
            await reader.CompleteAsync();
            if (report is null) LogBusy(file);
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or NotSupportedException or ArgumentException)
        {
            _unread = e.Message;
            LogUnreadable(file, e.Message);
        }
        catch (Exception e)
        {
            // The gateway goes on without what it had no time to learn.
            LogFailed(file, e);
        }
    }

    private void Log(WarmingResult result, ref int logged)
    {
        if (result.Kind is WarmingKind.Warmed or WarmingKind.Known || ++logged > MaxLogged) return;
        LogLine(result.Line, result.Error ?? $"{result.Status}, {result.CacheStatus}");
        if (logged == MaxLogged) LogNoMore(MaxLogged);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Warming: line {Line} is not stored: {Reason}")]
    private partial void LogLine(long line, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Warming: these were {Count} lines; further ones are only counted")]
    private partial void LogNoMore(int count);

    [LoggerMessage(Level = LogLevel.Error, Message = "Warming: {File} (Warming:File) cannot be read: {Reason}")]
    private partial void LogUnreadable(string file, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Warming: {File} (Warming:File) is left out, since another warming is under way")]
    private partial void LogBusy(string file);

    [LoggerMessage(Level = LogLevel.Error, Message = "Warming with {File} (Warming:File) failed unexpectedly")]
    private partial void LogFailed(string file, Exception exception);
}
