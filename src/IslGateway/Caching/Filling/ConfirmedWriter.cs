using IslGateway.Caching.Answers;
using IslGateway.Caching.Epochs;
using IslGateway.Caching.Tiers;
using IslGateway.Content;
using IslGateway.Endpoints;
using IslGateway.Redis;
using IslGateway.Settings;

namespace IslGateway.Caching.Filling;

/// <summary>
/// Keeps an answer: in memory at once, in Redis, where other gateways would find it, only when a poll begun after the answer was
/// complete still reports the epoch that it is filed under. If that differs, the answer is dropped. What has left memory meanwhile, for
/// room, by a purge or for a newer answer, does not reach Redis either; and where another gateway took the lease over and has an answer
/// there, that one counts here too.
/// </summary>
internal sealed class ConfirmedWriter(
    MemoryStore memory, RedisStore redis, HealthPoller health, SettingsMonitor settings, TimeProvider time)
    : IHostedService, IDisposable
{
    /// <summary>Answers that may await confirmation at once; beyond, an answer is not kept.</summary>
    private const int MaxPending = 1_024;

    /// <summary>
    /// Beyond this part of <c>Cache:Memory:SizeLimit</c> too: what awaits confirmation takes room even when its entry was evicted.
    /// </summary>
    private const int MemoryShare = 4;

    /// <summary>How long stopping waits for ISL's health to confirm what is new.</summary>
    private static readonly TimeSpan DrainBudget = TimeSpan.FromSeconds(2);

    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _pending;
    private long _pendingBytes;
    private volatile bool _draining;

    /// <summary>Keeps an answer; returns at once.</summary>
    /// <param name="row">Its row.</param>
    /// <param name="key">Its key.</param>
    /// <param name="answer">The answer.</param>
    /// <param name="replica">Who gave it.</param>
    /// <param name="epoch">What it is filed under.</param>
    /// <param name="lease">Ended once Redis has the answer, or is known not to get it; not, if this returns false.</param>
    /// <returns>False if too many, or too much, await confirmation.</returns>
    public bool TryKeep(EndpointRow row, Digest key, StoredAnswer answer, Replica replica, Epoch epoch, FillLease? lease)
    {
        var size = answer.Size;
        var bytes = Interlocked.Add(ref _pendingBytes, size);
        if (Interlocked.Increment(ref _pending) > MaxPending
            || (bytes > size && bytes > settings.Current.Cache.Memory.SizeLimit / MemoryShare))
        {
            End(size);
            return false;
        }

        var completedAt = time.GetTimestamp();
        var begun = false;
        try
        {
            memory.Set(key, answer, row);
            lease?.HandOn();
            using (ExecutionContext.SuppressFlow())
                _ = Task.Run(() => ConfirmAsync(row, key, answer, size, replica, epoch, completedAt, lease));
            return begun = true;
        }
        finally
        {
            if (!begun) Abandon(key, answer, size, lease);
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Lets what awaits confirmation reach Redis, within a short time.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _draining = true;
        if (Volatile.Read(ref _pending) == 0) return;
        try
        {
            await _idle.Task.WaitAsync(DrainBudget, time, cancellationToken);
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException)
        {
            await _stopping.CancelAsync();
        }
    }

    public void Dispose() => _stopping.Dispose();

    /// <summary>Nothing confirms it: it is not kept, and neither its room nor its lease is.</summary>
    private void Abandon(Digest key, StoredAnswer answer, long size, FillLease? lease)
    {
        memory.Remove(key, answer);
        if (lease is { IsHandedOn: true }) lease.End(LeaseEnd.NotStored);
        End(size);
    }

    private async Task ConfirmAsync(
        EndpointRow row, Digest key, StoredAnswer answer, long size, Replica replica, Epoch epoch, long completedAt, FillLease? lease)
    {
        var (confirmed, written) = (false, EntryWrite.None);
        try
        {
            confirmed = await health.ReportSinceAsync(replica, completedAt, _stopping.Token) == epoch;
            if (confirmed && memory.Holds(key, answer))
                written = await redis.SetAsync(row, key, answer, lease?.ConditionFor(key) ?? default, _stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The host stops before ISL has confirmed: what is in memory goes with it.
        }
        finally
        {
            lease?.End(written == EntryWrite.None ? LeaseEnd.NotStored : LeaseEnd.Released);
            if (!confirmed || written == EntryWrite.Superseded) memory.Remove(key, answer);
            End(size);
        }
    }

    private void End(long size)
    {
        Interlocked.Add(ref _pendingBytes, -size);
        if (Interlocked.Decrement(ref _pending) == 0 && _draining) _idle.TrySetResult();
    }
}
