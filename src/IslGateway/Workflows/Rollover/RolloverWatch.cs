using IslGateway.Caching.Epochs;
using IslGateway.Caching.Keys;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Workflows.Kept;
using IslGateway.Workflows.Warming;

namespace IslGateway.Workflows.Rollover;

/// <summary>
/// Begins a rollover when ISL reports other epochs than those that kept requests were last answered under, once for each change; and ends
/// one that is under way when ISL changes again, its time is over, or it is switched off.
/// </summary>
internal sealed partial class RolloverWatch(
    WarmingCaller caller, KeptRequests kept, KeptArchive archive, KeptAnswers answers, IEnumerable<IRolloverObserver> observers,
    ReplicaRegistry replicas, KeyComposer keys, SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time,
    ILogger<RolloverWatch> logger)
    : BackgroundService
{
    /// <summary>Between two looks at which epochs there are.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);

    /// <summary>Epochs that are named as those before.</summary>
    private const int MaxNamed = 4;

    private readonly IReadOnlyList<IRolloverObserver> _observers = [.. observers];
    private IReadOnlyList<Digest> _seenTo = [];
    private volatile RolloverRun? _underWay;
    private volatile EndedRollovers? _ended;

    /// <summary>What has come of the rollover under way, or of the last one; null: there was none yet.</summary>
    public RolloverProgress? Progress => _underWay?.Progress ?? _ended?.Last;

    /// <summary>What had come of the one before that; null: there was none.</summary>
    public RolloverProgress? Previous => _underWay is null ? _ended?.Before : _ended?.Last;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // So that the first of each counts as an increase.
        foreach (var outcome in Enum.GetValues<RolloverOutcome>()) metrics.Replays.Rollovers.WithLabels(WordOf(outcome));
        metrics.Replays.ReportRollover(0, 0, 0, 0, 0);
        try
        {
            await archive.Restored.WaitAsync(stoppingToken);
            while (true)
            {
                await Task.Delay(Look, time, stoppingToken);
                await LookAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops.
        }
    }

    private static bool IsOn(GatewaySettings settings) =>
        settings.Rollover.Enabled && settings.Cache is { KeepRequests: > 0, Mode: CacheMode.On };

    /// <summary>An outcome as a label and in reports.</summary>
    public static string WordOf(RolloverOutcome outcome) => outcome.ToString().ToLowerInvariant();

    private static bool AreSame(IReadOnlyList<Digest> some, IReadOnlyList<Digest> others) =>
        ReferenceEquals(some, others) || (some.Count == others.Count && some.All(others.Contains));

    private async Task LookAsync(CancellationToken stoppingToken)
    {
        var current = settings.Current;
        if (!IsOn(current))
        {
            _seenTo = [];
            return;
        }

        var epochs = replicas.LookupDigests(current);
        if (epochs.Count == 0 || AreSame(epochs, _seenTo)) return;
        _seenTo = epochs;
        using var credentials = new RolloverCredentials(current, keys.SecretIn(current));
        var all = kept.Dearest(int.MaxValue);
        var plan = RolloverPlan.Of(
            string.Join(", ", replicas.Evidenced().Epochs), epochs, all, credentials, current.Rollover.MaxRequests) with
        {
            From = NamesOf(all.Select(request => request.Epoch), epochs, current),
        };
        if (plan.Requests.Count > 0) await RunAsync(plan, current, stoppingToken);
        else if (plan.Strangers > 0)
        {
            LogNobody(plan.Epoch, plan.Strangers);
            End(RolloverProgress.Of(plan, time.GetUtcNow()), RolloverOutcome.Nobody);
        }
    }

    /// <summary>The epochs that ISL has left and that these are, as far as they are remembered, for people; the latest few.</summary>
    private string NamesOf(IEnumerable<Digest> epochs, IReadOnlyList<Digest> now, GatewaySettings current)
    {
        var wanted = epochs.Except(now).ToHashSet();
        return string.Join(", ", replicas.Replicas.SelectMany(replica => replica.Earlier)
            .Where(epoch => wanted.Contains(epoch.DigestWith(current.Cache.Generation))).Distinct().Take(MaxNamed));
    }

    private RolloverProgress End(RolloverProgress progress, RolloverOutcome outcome)
    {
        var ended = progress with { Outcome = outcome, EndedAt = time.GetUtcNow() };
        (_ended, _underWay) = (new EndedRollovers(ended, _ended?.Last), null);
        ended.TellTo(metrics.Replays);
        metrics.Replays.Rollovers.WithLabels(WordOf(outcome)).Inc();
        return ended;
    }

    private async Task RunAsync(RolloverPlan plan, GatewaySettings current, CancellationToken stoppingToken)
    {
        var before = Math.Round(plan.Requests.Sum(request => request.Seconds), 1);
        LogBegins(
            plan.Epoch, plan.Requests.Count, before, plan.Strangers, current.Warming.CallsPerMinute, current.Warming.Concurrency);
        var (begunAt, run) = (time.GetTimestamp(), new RolloverRun(caller, kept, answers, _observers, metrics.Replays, time));
        _underWay = run;
        var outcome = await EndOfAsync(run, plan, current, begunAt, stoppingToken);
        var ended = End(run.Progress, outcome);
        var took = Math.Round(time.GetElapsedTime(begunAt).TotalSeconds, 1);
        LogEnded(plan.Epoch, outcome, ended.Warmed, ended.Known, ended.Failed, ended.Left, took);
    }

    private async Task<RolloverOutcome> EndOfAsync(
        RolloverRun run, RolloverPlan plan, GatewaySettings current, long begunAt, CancellationToken stoppingToken)
    {
        using var ended = new CancellationTokenSource();
        var running = run.RunAsync(plan, current.Warming.Concurrency, ended.Token);
        RolloverOutcome? early = null;
        while (!running.IsCompleted && early is null)
        {
            await Task.WhenAny(running, Task.Delay(Look, time, stoppingToken));
            early = stoppingToken.IsCancellationRequested ? RolloverOutcome.Stopping
                : !IsOn(settings.Current) ? RolloverOutcome.Settings
                : replicas.LookupDigests() is { Count: > 0 } now && !AreSame(now, plan.Epochs) ? RolloverOutcome.Epoch
                : time.GetElapsedTime(begunAt) >= settings.Current.Rollover.MaxDuration ? RolloverOutcome.Time
                : null;
        }

        if (!running.IsCompleted) await ended.CancelAsync();
        try
        {
            return await running;
        }
        catch (OperationCanceledException) when (early is not null)
        {
            return early.Value;
        }
        catch (Exception e)
        {
            LogFailed(plan.Epoch, e);
            return RolloverOutcome.Failed;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Rollover to epoch {Epoch} begins: {Requests} kept requests, for whose answers ISL took {Seconds} s before; at most "
        + "{CallsPerMinute} calls a minute, {Concurrency} at once, while ISL is idle. {Strangers} belong to no credential of "
        + "Warming:Credentials")]
    private partial void LogBegins(string epoch, int requests, double seconds, int strangers, int callsPerMinute, int concurrency);

    [LoggerMessage(Level = LogLevel.Warning, Message =
        "Rollover to epoch {Epoch} has nothing to ask: none of the {Strangers} kept requests belongs to a credential of "
        + "Warming:Credentials")]
    private partial void LogNobody(string epoch, int strangers);

    [LoggerMessage(Level = LogLevel.Information, Message =
        "Rollover to epoch {Epoch} ended ({Outcome}): warmed {Warmed}, known {Known}, failed {Failed}, left {Left}, in {Seconds} s")]
    private partial void LogEnded(
        string epoch, RolloverOutcome outcome, int warmed, int known, int failed, int left, double seconds);

    [LoggerMessage(Level = LogLevel.Error, Message = "Rollover to epoch {Epoch} failed unexpectedly")]
    private partial void LogFailed(string epoch, Exception exception);

    private sealed record EndedRollovers(RolloverProgress Last, RolloverProgress? Before);
}
