using System.Threading.RateLimiting;
using IslGateway.Caching.Epochs;
using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Caching.Filling;

/// <summary>
/// The queue before ISL: at most <c>Limits:MaxConcurrentUpstream</c> fills per replica are under way, <c>Limits:MaxQueue</c> wait, oldest
/// first, each <c>Limits:MaxQueueTime</c> at most. Sized anew when the number of replicas changes.
/// </summary>
internal sealed class FillGate(ReplicaBook replicas, SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time) : IDisposable
{
    private readonly Lock _gate = new();
    private ConcurrencyLimiter? _limiter;
    private int _replicas;

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

    /// <summary>The limiter for the replicas there are now. One that they outgrew is left to those who hold or await its places.</summary>
    private ConcurrencyLimiter Limiter()
    {
        var present = Math.Max(1, replicas.Replicas.Length);
        lock (_gate)
        {
            if (_limiter is not null && _replicas == present) return _limiter;
            _replicas = present;
            return _limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions
            {
                PermitLimit = settings.Current.Limits.MaxConcurrentUpstream * present,
                QueueLimit = settings.Current.Limits.MaxQueue,
                QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
            });
        }
    }
}
