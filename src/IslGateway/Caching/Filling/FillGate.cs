using System.Threading.RateLimiting;
using IslGateway.Caching.Epochs;
using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Caching.Filling;

/// <summary>
/// The queue before ISL: at most <c>Limits:MaxConcurrentUpstream</c> fills per replica are under way, <c>Limits:MaxQueue</c> wait, oldest
/// first, each <c>Limits:MaxQueueTime</c> at most. Sized once, by the replicas present at the first fill.
/// </summary>
internal sealed class FillGate(ReplicaBook replicas, SettingsMonitor settings, GatewayMetrics metrics, TimeProvider time) : IDisposable
{
    private readonly Lazy<ConcurrencyLimiter> _limiter = new(() => new ConcurrencyLimiter(new ConcurrencyLimiterOptions
    {
        PermitLimit = settings.Current.Limits.MaxConcurrentUpstream * Math.Max(1, replicas.Replicas.Length),
        QueueLimit = settings.Current.Limits.MaxQueue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    }));

    /// <summary>A place upstream, given back by disposing it; null when there was none in time, or nobody wants it any more.</summary>
    public async ValueTask<IDisposable?> EnterAsync(CancellationToken unwanted)
    {
        var immediate = _limiter.Value.AttemptAcquire();
        if (immediate.IsAcquired) return immediate;
        immediate.Dispose();

        using var patience = new CancellationTokenSource(settings.Current.Limits.MaxQueueTime, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, unwanted);
        metrics.QueueLength.Inc();
        try
        {
            var lease = await _limiter.Value.AcquireAsync(1, either.Token);
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

    public void Dispose()
    {
        if (_limiter.IsValueCreated) _limiter.Value.Dispose();
    }
}
