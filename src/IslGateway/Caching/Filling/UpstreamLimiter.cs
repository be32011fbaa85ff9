using IslGateway.Caching.Credentials;
using IslGateway.Content;
using IslGateway.Settings;
using IslGateway.Telemetry;
using IslGateway.Upstream;

namespace IslGateway.Caching.Filling;

/// <summary>
/// The queue in front of ISL: at most <c>Limits:MaxConcurrentUpstream</c> fills per replica are running, and <c>Limits:MaxQueue</c> wait,
/// each for at most <c>Limits:MaxQueueTime</c>. Credentials take turns, and the fills of one keep their order. Credentials that ISL is not
/// known to accept share one turn, because anybody can invent any number of them. A replica that is out of routing adds no places, since
/// the other replicas get its calls. A change of these numbers takes effect when the next fill comes or ends.
/// </summary>
internal sealed class UpstreamLimiter : IDisposable
{
    /// <summary>Stands for all unknown credentials.</summary>
    private static readonly Digest Strangers = Digest.Of("strangers"u8);

    private readonly FairQueue _queue = new();
    private readonly QueuePace _pace = new();
    private readonly IUpstream _upstream;
    private readonly ProofCache _proofs;
    private readonly SettingsMonitor _settings;
    private readonly GatewayMetrics _metrics;
    private readonly TimeProvider _time;

    public UpstreamLimiter(IUpstream upstream, ProofCache proofs, SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time)
    {
        (_upstream, _proofs, _settings, _metrics, _time) = (upstream, proofs, settings, metrics, time);
        settings.Changed += Follow;
        proofs.Introduced += Part;
    }

    /// <summary>How many fills have a place.</summary>
    public int Running => _queue.Taken;

    /// <summary>How many fills wait for a place.</summary>
    public int Waiting => _queue.Waiting;

    /// <summary>
    /// When to try again after there was no place: when those who wait now are served or have given up; soon while the pace is not known.
    /// </summary>
    public TimeSpan RetryAfter
    {
        get
        {
            var patience = _settings.Current.Limits.MaxQueueTime;
            var wait = _pace.WaitBehind(_queue.Waiting, _queue.Places) ?? TimeSpan.Zero;
            return wait < patience ? wait : patience;
        }
    }

    /// <summary>
    /// A place upstream, given back by disposing it. Null if none came free in time, if none plainly will, or if nobody wants it any more.
    /// </summary>
    /// <param name="credential">The credential whose turn it takes.</param>
    /// <param name="patience">How long a place would be of use; never longer than <c>Limits:MaxQueueTime</c>.</param>
    /// <param name="unwanted">Ends the wait and leaves the line.</param>
    public async ValueTask<IDisposable?> EnterAsync(Credential credential, TimeSpan patience, CancellationToken unwanted)
    {
        Follow(_settings.Current);
        var longest = _settings.Current.Limits.MaxQueueTime;
        if (patience < longest && patience >= TimeSpan.Zero) longest = patience;
        var came = _time.GetTimestamp();

        // Made first, so that nothing can fail between getting the place and holding it.
        var place = new Place(this);
        if (_queue.TryTake())
        {
            _metrics.QueueWait.Observe(_time.GetElapsedTime(came).TotalSeconds);
            return place;
        }

        return await QueueAsync(place, credential, longest, came, unwanted);
    }

    private async ValueTask<IDisposable?> QueueAsync(
        Place place, Credential credential, TimeSpan longest, long came, CancellationToken unwanted)
    {
        var party = _proofs.IsKnown(credential) ? credential.Digest : Strangers;
        if (_queue.Enter(party, credential.Digest, ahead => _pace.IsHopeless(ahead, _queue.Places, longest)) is not { } ticket)
        {
            _metrics.QueueRefused.Inc();
            return null;
        }

        try
        {
            if (!ticket.Settled.IsCompleted) await WaitAsync(ticket, _settings.Current.Limits.MaxQueueTime, unwanted);
        }
        catch
        {
            // There was no memory to wait with: the ticket must leave the line, or a place given to it would be lost.
            if (!_queue.Leave(ticket) && await ticket.Settled) place.Dispose();
            throw;
        }

        _metrics.QueueWait.Observe(_time.GetElapsedTime(came).TotalSeconds);
        if (await ticket.Settled) return place;
        if (!unwanted.IsCancellationRequested) _metrics.QueueRefused.Inc();
        return null;
    }

    /// <summary>A place upstream if one is free at once and nobody waits for it; null otherwise.</summary>
    public IDisposable? TryEnter()
    {
        Follow(_settings.Current);
        var place = new Place(this);
        return _queue.TryTake() ? place : null;
    }

    /// <summary>Takes in how long a call took. Only calls that were really made count towards the queue's pace.</summary>
    public void Served(TimeSpan took) => _pace.Saw(took);

    public void Dispose()
    {
        _settings.Changed -= Follow;
        _proofs.Introduced -= Part;
    }

    private void Part(Credential credential) => _queue.Part(Strangers, credential.Digest);

    private async Task WaitAsync(FairTicket ticket, TimeSpan longest, CancellationToken unwanted)
    {
        _metrics.QueueLength.Inc();
        try
        {
            await ticket.Settled.WaitAsync(longest, _time, unwanted);
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            _queue.Leave(ticket);
        }
        finally
        {
            _metrics.QueueLength.Dec();
        }
    }

    private void Follow(GatewaySettings settings) =>
        _queue.Resize(settings.Limits.MaxConcurrentUpstream * _upstream.Replicas, settings.Limits.MaxQueue);

    private sealed class Place(UpstreamLimiter limiter) : IDisposable
    {
        private UpstreamLimiter? _limiter = limiter;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _limiter, null) is not { } taken) return;
            taken.Follow(taken._settings.Current);
            taken._queue.Release();
        }
    }
}
