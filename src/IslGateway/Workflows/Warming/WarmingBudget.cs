using IslGateway.Settings;

namespace IslGateway.Workflows.Warming;

/// <summary>Calls to ISL for warming: never more than <c>Warming:CallsPerMinute</c> within any 60 s, whoever began the warming.</summary>
internal sealed class WarmingBudget(SettingsMonitor settings, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<long> _calls = new();

    /// <summary>Takes one call, if any is left.</summary>
    public bool TryTakeCall()
    {
        lock (_gate)
        {
            while (_calls.TryPeek(out var oldest) && time.GetElapsedTime(oldest) >= Window) _calls.Dequeue();
            if (_calls.Count >= settings.Current.Warming.CallsPerMinute) return false;
            _calls.Enqueue(time.GetTimestamp());
            return true;
        }
    }
}
