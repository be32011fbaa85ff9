using IslGateway.Caching.Epochs;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream;
using IslGateway.Workflows.Kept;
using IslGateway.Workflows.Warming;

namespace IslGateway.Workflows.Compare;

/// <summary>Begins comparisons, of which there is one at a time, and keeps the report of the last one.</summary>
internal sealed partial class Comparer(
    KeptRequests kept, PresentAnswers present, IDialer dialer, Via via, BufferBudget buffers, WarmingBudget budget, KeyComposer keys,
    ReplicaRegistry replicas, Quarantine quarantine, RolloverComparison rollovers, SettingsMonitor settings, GatewayMetrics metrics,
    IHostApplicationLifetime lifetime, TimeProvider time, ILogger<Comparer> logger)
{
    private int _underWay;
    private volatile Tuple<CompareReport, CompareTally>? _current;
    private volatile CompareReport? _last;

    /// <summary>What is known of comparisons.</summary>
    public CompareStatus Status
    {
        get
        {
            CompareReport?[] reports = [_last, rollovers.Report];
            return new CompareStatus(
                _current is var (begun, tally) ? (begun, tally.Done) : null,
                [.. reports.OfType<CompareReport>().OrderByDescending(report => report.BegunAt)]);
        }
    }

    /// <summary>Compares with a candidate; null if a comparison is under way already.</summary>
    /// <param name="order">What is to be compared.</param>
    /// <param name="tell">Is told what became of each question; by one thread at a time, and must not wait.</param>
    /// <param name="cancellationToken">Says that nobody wants it any more. It also ends, with a report, when the gateway stops.</param>
    /// <exception cref="OperationCanceledException">Nobody wanted it any more.</exception>
    public async Task<CompareReport?> TryRunAsync(CompareOrder order, Action<CompareProgress> tell, CancellationToken cancellationToken)
    {
        if (Interlocked.Exchange(ref _underWay, 1) != 0) return null;
        try
        {
            var questions = kept.Dearest(order.Count, order.Endpoint);
            LogBegins(order.Name, questions.Count, order.Tolerance, order.SendCredentials);
            var report = await RunAsync(order, questions, tell, cancellationToken);
            _last = report;
            LogEnded(order.Name, report.Equal, report.Different, report.BeyondTolerance, report.Failed, report.NotCompared);
            if (report.Stopped is { } reason) LogStopped(order.Name, reason);
            return report;
        }
        catch (OperationCanceledException)
        {
            LogLeft(order.Name);
            throw;
        }
        finally
        {
            _current = null;
            Volatile.Write(ref _underWay, 0);
        }
    }

    private async Task<CompareReport> RunAsync(
        CompareOrder order, IReadOnlyList<KeptRequest> questions, Action<CompareProgress> tell, CancellationToken cancellationToken)
    {
        var (current, begunAt) = (settings.Current, time.GetTimestamp());
        var begun = new CompareReport(CompareReport.OfCandidate, time.GetUtcNow())
        {
            Against = order.Name,
            Tolerance = order.Tolerance,
            Then = replicas.Evidenced().Epochs,
            Questions = questions.Count,
        };
        var tally = new CompareTally(begun);
        _current = Tuple.Create(begun, tally);
        using var client = new CandidateClient(order.Against, current, dialer, via, buffers, time);
        using var credentials = new CompareCredentials(current, keys.SecretIn(current), order.SendCredentials);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, lifetime.ApplicationStopping);
        var run = new CompareRun(
            order, current, present, client, new CandidateCaller(client, budget, time), credentials, replicas, quarantine, tally,
            progress =>
            {
                metrics.Comparisons.Count(CompareReport.OfCandidate, progress.Word, time.GetUtcNow());
                tell(progress);
            });
        string? stopped;
        try
        {
            stopped = await run.RunAsync(questions, ended.Token);
        }
        catch (OperationCanceledException)
            when (lifetime.ApplicationStopping.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            stopped = "the gateway stops";
        }

        return tally.Report(time.GetElapsedTime(begunAt), stopped);
    }

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Comparing ISL with {Candidate} begins: {Questions} questions, tolerance {Tolerance}, credentials sent: {SendsCredentials}")]
    private partial void LogBegins(string candidate, int questions, double tolerance, bool sendsCredentials);

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Comparing ISL with {Candidate} ended: equal {Equal}, different {Different} (beyond tolerance {Beyond}), failed {Failed}, "
        + "not compared {NotCompared}")]
    private partial void LogEnded(string candidate, long equal, long different, long beyond, long failed, long notCompared);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Comparing ISL with {Candidate} stopped before the last question: {Reason}")]
    private partial void LogStopped(string candidate, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Comparing ISL with {Candidate} ended, since its caller has left")]
    private partial void LogLeft(string candidate);
}
