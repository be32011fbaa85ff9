using System.Net;
using IslGateway.Endpoints;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream;

namespace IslGateway.Caching.Epochs;

/// <summary>
/// Polls each replica's health in the background, never on a request's path. A failed, slow or odd poll only lets the epoch age; the
/// replica stays in routing, because ISL answers health on the event loop that computes, so a slow answer does not mean that it is down.
/// </summary>
internal sealed partial class HealthPoller(
    ReplicaRegistry book, IDialer dialer, IReplicaConnections connections, Via via, SettingsMonitor settings, GatewayMetrics metrics,
    TimeProvider time, ILogger<HealthPoller> logger)
    : BackgroundService
{
    /// <summary>Polls of one replica begin at least this far apart.</summary>
    private static readonly TimeSpan MinSpacing = TimeSpan.FromMilliseconds(100);

    private const string Loop = "Isl:BaseUrl leads back to this gateway";

    private readonly Lock _gate = new();
    private readonly Dictionary<Replica, Task> _running = [];
    private readonly Dictionary<Replica, long> _begun = [];
    private readonly HashSet<Replica> _failing = [];
    private readonly EpochWarnings _warnings = new(logger);

    private readonly PollClient _client = new(dialer, via, settings.Current.Isl, HealthReport.MaxSize);
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Starts polling, and waits a little for the first reports so that the first request finds an epoch.</summary>
    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        await base.StartAsync(cancellationToken);
        try
        {
            await Task.WhenAll(book.Replicas.Select(PollAsync)).WaitAsync(settings.Current.Isl.StartTimeout, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // ISL is busy or away; the gateway starts without its report.
        }
    }

    /// <summary>Waits for the report of a successful poll of the replica that begins after a moment; starts one at once.</summary>
    /// <returns>What it reported; null if there was none within <c>Isl:EpochMaxAge</c>.</returns>
    public async Task<Epoch?> ReportSinceAsync(Replica replica, long timestamp, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested && time.GetElapsedTime(timestamp) < settings.Current.Isl.EpochMaxAge)
        {
            if (replica.TryReportSince(timestamp, out var epoch)) return epoch;
            await PollAsync(replica).WaitAsync(cancellationToken);
            if (replica.TryReportSince(timestamp, out epoch)) return epoch;
            await Task.Delay(MinSpacing, time, cancellationToken);
        }

        return null;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        void PollNow(Replica replica) => _ = PollAsync(replica);
        book.PollWanted += PollNow;
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                var replicas = book.Replicas;
                foreach (var replica in replicas) _ = PollAsync(replica);
                Forget(replicas);
                await Task.Delay(settings.Current.Isl.HealthInterval, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway is stopping.
        }
        finally
        {
            book.PollWanted -= PollNow;
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        await base.StopAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _stop.Dispose();
        _client.Dispose();
        base.Dispose();
    }

    /// <summary>Polls a replica, or joins the poll that is running.</summary>
    private Task PollAsync(Replica replica)
    {
        lock (_gate)
        {
            if (_running.TryGetValue(replica, out var running)) return running;
            var wait = _begun.TryGetValue(replica, out var begun) ? MinSpacing - time.GetElapsedTime(begun) : TimeSpan.Zero;
            return _running[replica] = Task.Run(() => PollOnceAsync(replica, wait));
        }
    }

    private async Task PollOnceAsync(Replica replica, TimeSpan wait)
    {
        var isContradicted = false;
        try
        {
            if (wait > TimeSpan.Zero) await Task.Delay(wait, time, _stop.Token);
            var begunAt = time.GetTimestamp();
            lock (_gate) _begun[replica] = begunAt;
            var (epoch, trouble) = await AskAsync(replica);
            metrics.CountCall(EndpointTable.Other, CallPurpose.Poll, time.GetElapsedTime(begunAt));
            if (epoch is not null) Take(replica, epoch, begunAt);
            isContradicted = epoch is not null && replica.Epoch is null;
            Note(replica, trouble);
            replica.Trouble = trouble;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The gateway is stopping.
        }
        finally
        {
            lock (_gate) _running.Remove(replica);
            if (isContradicted) _ = PollAsync(replica);
        }
    }

    private void Take(Replica replica, Epoch epoch, long begunAt)
    {
        var (before, isContradicted) = (replica.Polled, replica.Epoch is null);
        var within = settings.Current.Isl.EpochMaxAge;

        // Before the new epoch is visible: a call that begins under it must not use a connection to the previous process, or its answer
        // would be filed under the wrong epoch.
        if (epoch != replica.Epoch) connections.Renew(replica.Address);
        replica.Report(epoch, begunAt, within);
        if (before != epoch) LogEpoch(replica.Id, epoch);
        _warnings.Consider(replica, before, epoch, within, isContradicted);
    }

    private async Task<(Epoch? Epoch, string? Trouble)> AskAsync(Replica replica)
    {
        var isl = settings.Current.Isl;
        using var deadline = new CancellationTokenSource(isl.HealthTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stop.Token);
        try
        {
            using var response = await _client.GetAsync(replica, isl.HealthPath, either.Token);
            if (response.StatusCode == HttpStatusCode.LoopDetected) return (null, Loop);
            if (response.StatusCode != HttpStatusCode.OK) return (null, $"status {(int)response.StatusCode}");
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            if (HealthReport.Read(body) is not { } epoch) return (null, "a body that is no health report");
            replica.LastPoll = new HealthPoll(body, time);
            return (epoch, null);
        }
        catch (OperationCanceledException e) when (!_stop.IsCancellationRequested)
        {
            return e.InnerException is TimeoutException && !deadline.IsCancellationRequested
                ? (null, "no connection within Isl:ConnectTimeout")
                : (null, $"no answer within {isl.HealthTimeout}");
        }
        catch (HttpRequestException e)
        {
            // An untrusted certificate is reported by its own reason.
            return (null, e.HttpRequestError == HttpRequestError.SecureConnectionError
                ? $"{e.HttpRequestError}: {e.InnerException?.Message}"
                : e.HttpRequestError.ToString());
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // A connection that is reset while it is being set up throws another type of exception. No exception may end the polling or the
            // gateway's start.
            return (null, e.GetType().Name);
        }
    }

    private void Note(Replica replica, string? trouble)
    {
        bool changed;
        lock (_gate) changed = trouble is null ? _failing.Remove(replica) : _failing.Add(replica);

        // The first polls find no listener yet, but if ISL's address is the gateway's own it is reported all the same.
        if (!changed && (trouble != Loop || replica.Trouble == Loop)) return;
        if (trouble is null) LogRecovered(replica.Id);
        else LogFailing(replica.Id, trouble);
    }

    private void Forget(IReadOnlyCollection<Replica> present)
    {
        lock (_gate)
        {
            _failing.RemoveWhere(r => !present.Contains(r));
            foreach (var gone in _begun.Keys.Where(r => !present.Contains(r)).ToList()) _begun.Remove(gone);
        }

        connections.Retain(present.Select(replica => replica.Address));
        _warnings.Forget(present);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Replica {Replica} reports epoch {Epoch}")]
    private partial void LogEpoch(string replica, Epoch epoch);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Replica {Replica} gives no health report: {Trouble}; its epoch ages until it does")]
    private partial void LogFailing(string replica, string trouble);

    [LoggerMessage(Level = LogLevel.Information, Message = "Replica {Replica} gives health reports again")]
    private partial void LogRecovered(string replica);
}
