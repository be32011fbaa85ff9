using IslGateway.Settings;

namespace IslGateway.Workflows.Sentinel;

/// <summary>
/// How much the sentinel may ask: a share of the hits, and never more than <c>Sentinel:MaxCallsPerMinute</c> within any 60 s. Hits that
/// were asked in other bytes than those that filled the entry come first, since they try what the row says of its keys as well: the lot
/// always falls on them, and when one had to be passed over, the others stand back for as long.
/// </summary>
internal sealed class SentinelBudget(SettingsMonitor settings, Random random, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<long> _calls = new();
    private long? _passedOverAt;

    /// <summary>Whether this hit is drawn for a check; none is while no call is left.</summary>
    /// <param name="isOtherSpelling">Whether its bytes are not those that filled the entry.</param>
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

    /// <summary>Takes one call, if one is left.</summary>
    public bool TryTakeCall()
    {
        lock (_gate)
        {
            if (!HasCall()) return false;
            _calls.Enqueue(time.GetTimestamp());
            return true;
        }
    }

    /// <summary>Tells what became of a hit in other bytes on which the lot fell.</summary>
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
