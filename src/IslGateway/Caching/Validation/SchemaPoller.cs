using System.Net;
using IslGateway.Caching.Epochs;
using IslGateway.Settings;
using IslGateway.Upstream;

namespace IslGateway.Caching.Validation;

/// <summary>
/// Fetches ISL's schema in the background, once for each configuration that a live replica reports and again after
/// <c>Validation:RefreshInterval</c>; never on a request's path, and not at all where no row asks for it.
/// </summary>
internal sealed partial class SchemaPoller(
    SchemaBook book, ReplicaRegistry replicas, HealthPoller health, IDialer dialer, Via via, SettingsMonitor settings, TimeProvider time,
    ILogger<SchemaPoller> logger)
    : BackgroundService
{
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly PollClient _client = new(dialer, via, settings.Current.Isl, settings.Current.Validation.MaxSchemaSize);
    private readonly Dictionary<Epoch, (long NextFrom, TimeSpan Wait, TimeSpan Pause)> _turns = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (book.IsWanted && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                await LookAsync(stoppingToken);
                await Task.Delay(Tick, time, stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                // The gateway is stopping.
            }
        }
    }

    public override void Dispose()
    {
        _client.Dispose();
        base.Dispose();
    }

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        var live = replicas.Evidenced().Epochs;
        if (live.Count == 0) return;
        book.Retain([.. live]);
        foreach (var gone in _turns.Keys.Where(epoch => !live.Contains(epoch)).ToList()) _turns.Remove(gone);
        foreach (var epoch in live)
        {
            if (_turns.TryGetValue(epoch, out var turn) && time.GetElapsedTime(turn.NextFrom) < turn.Wait) continue;
            if (replicas.Replicas.FirstOrDefault(replica => replica.Epoch == epoch) is { } replica)
                await FetchAsync(replica, epoch, cancellationToken);
        }
    }

    private async Task FetchAsync(Replica replica, Epoch epoch, CancellationToken cancellationToken)
    {
        var (fetched, silence) = await AskAsync(replica, book.Of(epoch), cancellationToken);

        // What was fetched is of this configuration if the replica still reports it: a deployment may have come in between.
        if (fetched is not null && await health.ReportSinceAsync(replica, time.GetTimestamp(), cancellationToken) != epoch)
        {
            Plan(epoch, isGood: false);
            return;
        }

        var trouble = silence ?? fetched?.Trouble;
        var before = book.Of(epoch);
        if (trouble is not null && before?.Trouble != trouble) LogOfNoUse(replica.Id, trouble);
        else if (trouble is null && before is not { Trouble: null }) LogTaken(replica.Id, epoch, book.Rows.Length);
        Plan(epoch, trouble is null);

        // A replica that gives no answer, or none on the matter, has not taken back what it published.
        if (fetched is { IsSilence: false }) book.Take(epoch, fetched);
        else if (before is not { Trouble: null }) book.Take(epoch, EpochSchemas.None(trouble!, isSilence: true));
    }

    private void Plan(Epoch epoch, bool isGood)
    {
        var longer = _turns.TryGetValue(epoch, out var turn) && turn.Pause > TimeSpan.Zero ? 2 * turn.Pause : FirstPause;
        var pause = isGood ? TimeSpan.Zero : longer < LongestPause ? longer : LongestPause;
        _turns[epoch] = (time.GetTimestamp(), isGood ? settings.Current.Validation.RefreshInterval : pause, pause);
    }

    /// <summary>What the replica publishes, or why it gave no answer.</summary>
    private async Task<(EpochSchemas? Fetched, string? Silence)> AskAsync(
        Replica replica, EpochSchemas? before, CancellationToken cancellationToken)
    {
        var options = settings.Current.Validation;
        using var deadline = new CancellationTokenSource(options.SchemaTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            using var response = await _client.GetAsync(replica, options.SchemaPath, either.Token);
            if (response.StatusCode != HttpStatusCode.OK)
                return (EpochSchemas.None($"status {(int)response.StatusCode}", IsSilence(response.StatusCode)), null);
            var document = await response.Content.ReadAsByteArrayAsync(either.Token);
            return (EpochSchemas.Read(document, book.Rows, before, book.SampledRows), null);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return (EpochSchemas.None("it is larger than Validation:MaxSchemaSize"), null);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, e is OperationCanceledException ? "no answer within Validation:SchemaTimeout"
                : e is HttpRequestException http ? http.HttpRequestError.ToString() : e.GetType().Name);
        }
    }

    /// <summary>Whether a status says nothing of what ISL publishes, because it says that ISL cannot tell now.</summary>
    private static bool IsSilence(HttpStatusCode status) =>
        status is >= HttpStatusCode.InternalServerError or HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests;

    [LoggerMessage(Level = LogLevel.Information,
        Message = "Replica {Replica} has given the schema of {Epoch}; bodies of {Rows} endpoints are checked against it")]
    private partial void LogTaken(string replica, Epoch epoch, int rows);

    [LoggerMessage(Level = LogLevel.Warning,
        Message = "The schema of replica {Replica} is of no use: {Trouble}; bodies are not checked before ISL is asked, and no number of "
            + "samples is set in them")]
    private partial void LogOfNoUse(string replica, string trouble);
}
