using System.Diagnostics.CodeAnalysis;
using IslGateway.Content;
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
    private readonly Digest _key;
    private readonly Digest _token;
    private readonly SettingsMonitor _settings;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _over = new();
    private long _answeredAt;
    private int _ended;

    private FillLease(ILeases leases, Digest key, Digest token, SettingsMonitor settings, TimeProvider time) =>
        (_leases, _key, _token, _settings, _time) = (leases, key, token, settings, time);

    /// <summary>Whether the answer is there and on its way to Redis: the lease ends when it has arrived, no longer with the fill.</summary>
    public bool IsHandedOn { get; private set; }

    /// <summary>Renews from now on a lease that was just taken.</summary>
    public static FillLease Hold(ILeases leases, Digest key, Digest token, SettingsMonitor settings, TimeProvider time)
    {
        var lease = new FillLease(leases, key, token, settings, time);
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

    /// <summary>Ends it; the first call counts.</summary>
    public void End(LeaseEnd end)
    {
        if (Interlocked.Exchange(ref _ended, 1) != 0) return;
        _over.Cancel();
        _leases.End(_key, _token, end);
    }

    private async Task RenewAsync()
    {
        try
        {
            do
            {
                await Task.Delay(LeasePolicy.RenewInterval(_settings.Current.Lease), _time, _over.Token);
                if (!IsOverdue()) continue;
                End(LeaseEnd.Vain);
                return;
            }
            while (await _leases.RenewAsync(_key, _token));
        }
        catch (OperationCanceledException) when (_over.IsCancellationRequested)
        {
            // It has ended.
        }
    }

    private bool IsOverdue() =>
        Volatile.Read(ref _answeredAt) is not 0 and var at && _time.GetElapsedTime(at) > _settings.Current.Isl.HealthTimeout;
}
