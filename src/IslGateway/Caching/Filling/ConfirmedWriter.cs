using System.Diagnostics;
using IslGateway.Caching.Answers;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Outcomes;
using IslGateway.Redis;
using IslGateway.Settings;
using IslGateway.Telemetry;

namespace IslGateway.Caching.Filling;

/// <summary>
/// Stores an answer: in memory at once; in Redis, where other gateways find it, only after a poll that began after the answer was complete
/// has confirmed its epoch. If the poll reports another epoch, the answer is dropped. An answer that was purged or replaced by then is not
/// written to Redis; one that memory had no room for is. If another gateway took over the lease and has stored its own answer, that answer
/// is used here, too.
/// </summary>
internal sealed class ConfirmedWriter(
    MemoryStore memory, RedisStore redis, HealthPoller health, SettingsMonitor settings, TimeProvider time)
    : IHostedService, IDisposable
{
    /// <summary>The most answers that may await confirmation; further answers are not stored.</summary>
    private const int MaxPending = 1_024;

    /// <summary>
    /// What awaits confirmation may take at most <c>Cache:Memory:SizeLimit</c> divided by this: it needs memory even after its entry was
    /// evicted.
    /// </summary>
    private const int MemoryShare = 4;

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pending;
    private long _pendingBytes;
    private volatile bool _draining;

    /// <summary>What the last answers were filed under, the newest first.</summary>
    private volatile (Epoch Epoch, string Generation)[] _epochs = [];

    /// <summary>Stores an answer; returns at once.</summary>
    /// <param name="row">Its row.</param>
    /// <param name="key">Its key.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="replica">The replica that gave it.</param>
    /// <param name="epoch">The epoch that it is filed under.</param>
    /// <param name="lease">Ended once Redis has the answer, or will not get it, if it was handed on; else left alone.</param>
    /// <returns>
    /// Why it is not stored: too many answers, or too many bytes, await confirmation (<c>Overloaded</c>); or memory did not take it and
    /// Redis is not known to (<c>NoRoom</c>), though it will be offered to one that is there. <c>None</c>: it is stored.
    /// </returns>
    public Reason Keep(EndpointRow row, Digest key, StoredAnswer answer, Replica replica, Epoch epoch, FillLease? lease)
    {
        var size = answer.Size;
        var bytes = Interlocked.Add(ref _pendingBytes, size);
        if (Interlocked.Increment(ref _pending) > MaxPending
            || (bytes > size && bytes > settings.Current.Cache.Memory.SizeLimit / MemoryShare))
        {
            End(size);
            return Reason.Overloaded;
        }

        var completedAt = time.GetTimestamp();
        var begun = false;
        try
        {
            Heed(epoch);
            var isInMemory = SetInMemory(row, key, answer);
            if (!isInMemory && !redis.IsConfigured) return Reason.NoRoom;
            lease?.HandOn();
            var fill = Activity.Current;
            using (ExecutionContext.SuppressFlow())
                _ = ConfirmAsync(row, key, answer, size, replica, epoch, completedAt, lease, fill);
            begun = true;
            return isInMemory || redis.IsWell ? Reason.None : Reason.NoRoom;
        }
        finally
        {
            if (!begun) Abandon(key, answer, size, lease);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Gives answers that await confirmation <c>Shutdown:ConfirmTimeout</c> to reach Redis.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _draining = true;
        if (Volatile.Read(ref _pending) == 0) return;
        try
        {
            await _idle.Task.WaitAsync(settings.Current.Shutdown.ConfirmTimeout, time, cancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException)
        {
            await _stopping.CancelAsync();
        }
    }

    public void Dispose() => _stopping.Dispose();

    private bool SetInMemory(EndpointRow row, Digest key, StoredAnswer answer)
    {
        var span = StartSpan(Activity.Current, "memory");
        var isThere = memory.Set(key, answer, row);
        if (isThere) span?.Dispose();
        else GatewayActivity.Discard(span);
        return isThere;
    }

    /// <summary>
    /// The first answer of another configuration tells memory to make room for that. Replicas of two may take turns: that is no change.
    /// </summary>
    private void Heed(Epoch epoch)
    {
        var (last, now) = (_epochs, (epoch, settings.Current.Cache.Generation));
        if (last.Contains(now)) return;
        if (last.Length > 0) memory.Outdate();
        _epochs = [now, .. last.Take(ReplicaRegistry.MaxLookupEpochs - 1)];
    }

    /// <summary>Removes an answer that was not confirmed, and gives back its room and its lease.</summary>
    private void Abandon(Digest key, StoredAnswer answer, long size, FillLease? lease)
    {
        memory.Remove(key, answer);
        if (lease is { IsHandedOn: true }) lease.End(LeaseEnd.NotStored);
        End(size);
    }

    private async Task ConfirmAsync(
        EndpointRow row, Digest key, StoredAnswer answer, long size, Replica replica, Epoch epoch, long completedAt, FillLease? lease,
        Activity? fill)
    {
        var (confirmed, written) = (false, EntryWrite.None);
        try
        {
            confirmed = await health.ReportSinceAsync(replica, completedAt, _stopping.Token) == epoch;
            if (confirmed && memory.IsCurrent(key, answer))
            {
                var span = StartSpan(fill, "redis");
                written = await redis.SetAsync(row, key, answer, lease?.ConditionFor(key) ?? default, _stopping.Token);
                if (written == EntryWrite.None) GatewayActivity.Discard(span);
                else span?.Dispose();
            }
        }
        catch (OperationCanceledException)
        {
            // The gateway stops before ISL has confirmed the answer; the copy in memory goes with it.
        }
        finally
        {
            lease?.End(written == EntryWrite.None ? LeaseEnd.NotStored : LeaseEnd.Released);
            if (!confirmed || written == EntryWrite.Superseded) memory.Remove(key, answer);
            End(size);
        }
    }

    private static Activity? StartSpan(Activity? fill, string tier)
    {
        var span = fill is null ? null : GatewayActivity.StartDetached(GatewayActivity.Store, fill);
        return span?.SetTag(GatewayActivity.TierTag, tier);
    }

    private void End(long size)
    {
        Interlocked.Add(ref _pendingBytes, -size);
        if (Interlocked.Decrement(ref _pending) == 0 && _draining) _idle.TrySetResult();
    }
}
