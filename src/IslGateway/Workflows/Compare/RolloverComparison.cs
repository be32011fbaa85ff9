using IslGateway.Caching.Answers;
using IslGateway.Caching.Epochs;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Workflows.Kept;
using IslGateway.Workflows.Rollover;

namespace IslGateway.Workflows.Compare;

/// <summary>
/// Compares what ISL says since its configuration has changed with what it said before, as a rollover asks it. Nothing is asked for this
/// alone. Each change of the configuration begins a new report.
/// </summary>
internal sealed partial class RolloverComparison(
    ReplicaRegistry replicas, SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time, ILogger<RolloverComparison> logger)
    : IRolloverObserver
{
    private readonly Lock _gate = new();
    private IReadOnlyList<Digest> _epochs = [];
    private CompareTally? _tally;
    private long _begunAt;
    private long _lastAt;

    /// <summary>What the last rollover, or the one under way, has found so far; null: there was none.</summary>
    public CompareReport? Report
    {
        get { lock (_gate) return _tally?.Report(time.GetElapsedTime(_begunAt, _lastAt), stopped: null); }
    }

    public void Replayed(KeptRequest request, StoredAnswer? before, StoredAnswer? after, TimeSpan took)
    {
        try
        {
            var result = ResultOf(request, before, after, took);
            lock (_gate)
            {
                var tally = TallyFor(request);
                tally.Add(result, progress =>
                    metrics.Comparisons.Count(CompareReport.OfRollover, progress.Word, time.GetUtcNow()));
                _lastAt = time.GetTimestamp();
            }
        }
        catch (Exception e)
        {
            LogFailed(request.Row.Name, e);
        }
    }

    private static CompareResult ResultOf(KeptRequest request, StoredAnswer? before, StoredAnswer? after, TimeSpan took)
    {
        var row = request.Row;
        if (before is null) return CompareResult.NotCompared(row, CompareCause.NotStored);
        if (after is null) return CompareResult.Failed(row, CompareCause.NoPresentAnswer);
        return DifferenceFinder.Find(before.Body, after.Body, ComparedPlaces.Of(row)) is { } differences
            ? CompareResult.Compared(row, differences, before.UpstreamDuration, took)
            : CompareResult.Failed(row, CompareCause.NotJson);
    }

    /// <summary>The tally of the configuration that ISL has now.</summary>
    private CompareTally TallyFor(KeptRequest request)
    {
        var epochs = replicas.LookupDigests();
        if (_tally is { } known && (epochs.Count == 0 || !epochs.Except(_epochs).Any())) return known;
        _epochs = epochs;
        _begunAt = time.GetTimestamp();
        var current = settings.Current;
        _tally = new CompareTally(new CompareReport(CompareReport.OfRollover, time.GetUtcNow())
        {
            Tolerance = current.Rollover.Tolerance,
            Then =
            [
                .. replicas.Replicas.SelectMany(replica => replica.Earlier)
                    .Where(epoch => epoch.DigestWith(current.Cache.Generation) == request.Epoch).Distinct(),
            ],
        });
        var now = replicas.Evidenced().Epochs;
        _tally.Know(now.Count > 0 ? now[0] : null, now.Any(epoch => epoch.IsSimulated));
        return _tally;
    }

    [LoggerMessage(Level = LogLevel.Error, Message =
        "Comparing an answer of {Endpoint} with the one before a rollover failed unexpectedly")]
    private partial void LogFailed(string endpoint, Exception exception);
}
