using System.Diagnostics.CodeAnalysis;
using IslGateway.Content;
using IslGateway.Redis;
using IslGateway.Settings;

namespace IslGateway.Caching.Filling;

/// <summary>
/// A lease that this gateway holds, renewed in the background until it ends. A gateway that is killed renews no more: within
/// <c>Lease:Ttl</c> another takes over.
/// </summary>
[SuppressMessage("Reliability", "CA1001", Justification = "The source has neither timer nor wait handle: there is nothing to dispose.")]
internal sealed class FillLease
{
    private readonly ILeases _leases;
    private readonly LeaseClaim _claim;
    private readonly SettingsMonitor _settings;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _over = new();
    private long _answeredAt;
    private int _ended;

    private FillLease(ILeases leases, LeaseClaim claim, SettingsMonitor settings, TimeProvider time) =>
        (_leases, _claim, _settings, _time) = (leases, claim, settings, time);

    /// <summary>Whether the answer is there and on its way to Redis: the lease ends when it has arrived, no longer with the fill.</summary>
    public bool IsHandedOn { get; private set; }

    /// <summary>Renews from now on a lease that was just taken.</summary>
    public static FillLease Hold(ILeases leases, LeaseClaim claim, SettingsMonitor settings, TimeProvider time)
    {
        var lease = new FillLease(leases, claim, settings, time);
        using (ExecutionContext.SuppressFlow()) _ = Task.Run(lease.RenewAsync);
        return lease;
    }

    /// <summary>
    /// The answer awaits its epoch's confirmation. That may take as long as ISL's health answer does; past <c>Isl:HealthTimeout</c>
    /// the others wait no longer for it.
    /// </summary>
    public void HandOn()
    {
        Volatile.Write(ref _answeredAt, _time.GetTimestamp());
        IsHandedOn = true;
    }

    /// <summary>
    /// When an answer may be written that was got under it. What belongs elsewhere, or is confirmed too late, takes the place of nothing.
    /// </summary>
    /// <param name="key">The answer's key: another than the lease's where ISL computed it under another epoch.</param>
    public EntryCondition ConditionFor(Digest key) =>
        key == _claim.Key && Volatile.Read(ref _ended) == 0 ? new EntryCondition(While: _claim) : new EntryCondition(OnlyAdds: true);

    /// <summary>Ends it; the first call counts.</summary>
    public void End(LeaseEnd end)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        _over.Cancel();
        _leases.End(_claim, end);
    }

    private async Task RenewAsync()
    {
        try
        {
            do
            {
                await Task.Delay(LeasePolicy.RenewInterval(_settings.Current.Lease), _time, _over.Token);
                if (!IsOverdue()) continue;
                End(LeaseEnd.NotStored);
                return;
            }
            while (await _leases.RenewAsync(_claim));
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            // It has ended.
        }
    }

    private bool IsOverdue() =>
        Volatile.Read(ref _answeredAt) is not 0 and var at && _time.GetElapsedTime(at) > _settings.Current.Isl.HealthTimeout;
}
