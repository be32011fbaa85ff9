using IslGateway.Settings;

namespace IslGateway.Workflows.Sentinel;

/// <summary>How much the sentinel may ask: a share of the hits, and never more than <c>Sentinel:MaxCallsPerMinute</c> within any 60 s.</summary>
internal sealed class SentinelBudget(SettingsMonitor settings, Random random, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<long> _calls = new();

    /// <summary>Whether the lot falls on this hit.</summary>
    public bool Draws()
    {
        var share = settings.Current.Sentinel.Share;
        if (share is <= 0 or >= 1) return share >= 1;
        lock (_gate) return random.NextDouble() < share;
    }

    /// <summary>Takes one call, if one is left.</summary>
    public bool TryTakeCall()
    {
        lock (_gate)
        {
            while (_calls.TryPeek(out var oldest) && time.GetElapsedTime(oldest) >= Window) _calls.Dequeue();
            if (_calls.Count >= settings.Current.Sentinel.MaxCallsPerMinute) return false;
            _calls.Enqueue(time.GetTimestamp());
            return true;
        }
    }
}
