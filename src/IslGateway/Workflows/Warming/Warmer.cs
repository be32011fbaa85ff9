using System.IO.Pipelines;
using IslGateway.Settings;

namespace IslGateway.Workflows.Warming;

/// <summary>Begins warmings, of which there is one at a time: two would share one budget, and be no faster.</summary>
internal sealed partial class Warmer(
    WarmingLines lines, WarmingCaller caller, SettingsMonitor settings, IHostApplicationLifetime lifetime, ILogger<Warmer> logger)
{
    private int _underWay;

    /// <summary>Warms what is read; null if a warming is under way already, and nothing is read then.</summary>
    /// <param name="reader">The requests, one a line.</param>
    /// <param name="tell">Is told what became of a line; by one thread at a time, and must not wait.</param>
    /// <param name="cancellationToken">Ends it; it also ends when the gateway stops.</param>
    /// <exception cref="OperationCanceledException">It was ended.</exception>
    public async Task<WarmingReport?> TryRunAsync(PipeReader reader, Action<WarmingResult> tell, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _underWay, 1) != 0) return null;
        try
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
            var current = settings.Current;
            LogBegins(current.Warming.Credentials.Length, current.Warming.CallsPerMinute, current.Warming.Concurrency);
            if (current.Warming.Credentials.Length == 0) LogAnonymous();
            var report = await new WarmingRun(lines, caller, current, tell).RunAsync(reader, ended.Token);
            LogEnded(report.Warmed, report.Known, report.Failed, report.Malformed);
            if (report.Stopped is { } reason) LogStopped(reason);
            return report;
        }
        catch (Exception e) when (e is OperationCanceledException or IOException)
        {
            LogBroken();
            throw;
        }
        finally
        {
            Volatile.Write(ref _underWay, 0);
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

    [LoggerMessage(Level = LogLevel.Information, Message = "Warming was ended from outside before its last line")]
    private partial void LogBroken();
}
