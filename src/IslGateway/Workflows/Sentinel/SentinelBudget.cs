using IslGateway.Settings;

namespace IslGateway.Workflows.Sentinel;

/// <summary>
/// How much the sentinel may ask: a share of the hits, and never more than <c>Sentinel:MaxCallsPerMinute</c> within any 60 s. A hit whose
/// bytes differ from those that filled the entry is always drawn, because it also tests the row's rules on keys. When such a hit could not
/// be checked, no other hits are drawn for 60 s.
/// </summary>
internal sealed class SentinelBudget(SettingsMonitor settings, Random random, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<long> _calls = new();
    private long? _passedOverAt;

    /// <summary>Whether this hit is drawn for a check; none is while the budget is used up.</summary>
    /// <param name="isOtherSpelling">Whether its bytes differ from those that filled the entry.</param>
    public bool Draws(bool isOtherSpelling)
    {
        var share = settings.Current.Sentinel.Share;
        if (share <= 0) return false;
        lock (_gate)
        {
            if (!HasCall())
            {
                if (isOtherSpelling) _passedOverAt = time.GetTimestamp();
                return false;
            }

            if (isOtherSpelling) return true;
            return !IsWithinWindow(_passedOverAt) && (share >= 1 || random.NextDouble() < share);
        }
    }

    /// <summary>Takes one call from the budget, if any is left.</summary>
    public bool TryTakeCall()
    {
        lock (_gate)
        {
            if (!HasCall()) return false;
            _calls.Enqueue(time.GetTimestamp());
            return true;
        }
    }

    /// <summary>Reports whether a drawn hit with other bytes was really checked.</summary>
    public void Settle(bool wasChecked)
    {
        lock (_gate) _passedOverAt = wasChecked ? null : time.GetTimestamp();
    }

    private bool HasCall()
    {
        while (_calls.TryPeek(out var oldest) && !IsWithinWindow(oldest)) _calls.Dequeue();
        return _calls.Count < settings.Current.Sentinel.MaxCallsPerMinute;
    }

    private bool IsWithinWindow(long? at) => at is { } then && time.GetElapsedTime(then) < Window;
}
