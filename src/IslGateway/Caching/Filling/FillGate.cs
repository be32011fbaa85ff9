using System.Threading.RateLimiting;
using IslGateway.Caching.Epochs;
using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Caching.Filling;

/// <summary>
/// The queue before ISL: at most <c>Limits:MaxConcurrentUpstream</c> fills per replica are under way, <c>Limits:MaxQueue</c> wait, oldest
/// first, each <c>Limits:MaxQueueTime</c> at most. Sized anew when one of these numbers, or that of the replicas, changes.
/// </summary>
internal sealed class FillGate(ReplicaBook replicas, SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private ConcurrencyLimiter? _limiter;
    private (int Places, int Queue) _size;

    /// <summary>A place upstream, given back by disposing it; null when there was none in time, or nobody wants it any more.</summary>
    public async ValueTask<IDisposable?> EnterAsync(CancellationToken unwanted)
    {
        if (TryEnter() is { } free) return free;
        var limiter = Limiter();
        using var patience = new CancellationTokenSource(settings.Current.Limits.MaxQueueTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, unwanted);
        metrics.QueueLength.Inc();
        try
        {
            var lease = await limiter.AcquireAsync(1, either.Token);
            if (lease.IsAcquired) return lease;
            lease.Dispose();
            return null;
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        finally
        {
            metrics.QueueLength.Dec();
        }
    }

    /// <summary>A place upstream if one is free at once and nobody waits for it; null otherwise.</summary>
    public IDisposable? TryEnter()
    {
        var lease = Limiter().AttemptAcquire();
        if (lease.IsAcquired) return lease;
        lease.Dispose();
        return null;
    }

    public void Dispose() => _limiter?.Dispose();

    /// <summary>The limiter of the size that is right now. One of another size is left to those who hold or await its places.</summary>
    private ConcurrencyLimiter Limiter()
    {
        var limits = settings.Current.Limits;
        var size = (limits.MaxConcurrentUpstream * Math.Max(1, replicas.Replicas.Length), limits.MaxQueue);
        lock (_gate)
        {
            if (_limiter is not null && _size == size) return _limiter;
            _size = size;
            return _limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
            {
                PermitLimit = _size.Places,
                QueueLimit = _size.Queue,
                QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
            });
        }
    }
}
