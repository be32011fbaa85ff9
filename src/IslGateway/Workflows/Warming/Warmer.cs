using System.IO.Pipelines;
using IslGateway.Settings;

namespace IslGateway.Workflows.Warming;

/// <summary>Begins warmings, of which there is one at a time: two would share one budget, and be no faster.</summary>
internal sealed partial class Warmer(
    WarmingLines lines, WarmingCaller caller, SettingsMonitor settings, IHostApplicationLifetime lifetime, ILogger<Warmer> logger)
{
    private int _underWay;
    private volatile bool _hasWarmed;

    /// <summary>Whether a warming has come to its last line since the start.</summary>
    public bool HasWarmed => _hasWarmed;

    /// <summary>Warms what is read; null if a warming is under way already, and nothing is read then.</summary>
    /// <param name="reader">The requests, one a line.</param>
    /// <param name="tell">Is told what became of a line; by one thread at a time, and must not wait.</param>
    /// <param name="cancellationToken">Says that nobody wants it any more. It also ends, with a report, when the gateway stops.</param>
    /// <exception cref="OperationCanceledException">Nobody wanted it any more.</exception>
    public async Task<WarmingReport?> TryRunAsync(PipeReader reader, Action<WarmingResult> tell, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _underWay, 1) != 0) return null;
        try
        {
            var current = settings.Current;
            LogBegins(current.Warming.Credentials.Length, current.Warming.CallsPerMinute, current.Warming.Concurrency);
            if (current.Warming.Credentials.Length == 0) LogAnonymous();
            var report = await RunAsync(new WarmingRun(lines, caller, current, tell), reader, cancellationToken);
            LogEnded(report.Warmed, report.Known, report.Failed, report.Malformed);
            if (report.Stopped is { } reason) LogStopped(reason);
            else _hasWarmed = true;
            return report;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            LogLeft();
            throw;
        }
        finally
        {
            Volatile.Write(ref _underWay, 0);
        }
    }

    private async Task<WarmingReport> RunAsync(WarmingRun run, PipeReader reader, CancellationToken cancellationToken)
    {
        var stopping = lifetime.ApplicationStopping;
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, stopping);
        try
        {
            return await run.RunAsync(reader, ended.Token);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return run.Report with { Stopped = "the gateway stops" };
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Warming begins: credentials {Credentials}, at most {CallsPerMinute} calls to ISL a minute, {Concurrency} at once")]
    private partial void LogBegins(int credentials, int callsPerMinute, int concurrency);

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Warming goes without a credential (Warming:Credentials is empty): what it stores serves callers that send none, and no others")]
    private partial void LogAnonymous();

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Warming ended: warmed {Warmed}, known {Known}, failed {Failed}, malformed {Malformed}")]
    private partial void LogEnded(long warmed, long known, long failed, long malformed);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Warming stopped before its last line: {Reason}")]
    private partial void LogStopped(string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Warming ended before its last line, since its caller has left")]
    private partial void LogLeft();
}
