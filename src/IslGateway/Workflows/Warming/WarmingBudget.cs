using IslGateway.Settings;

namespace IslGateway.Workflows.Warming;

/// <summary>
/// Calls to ISL that the gateway makes before callers ask: never more than <c>Warming:CallsPerMinute</c> within any 60 s, nor more than
/// <c>Warming:Concurrency</c> under way, whatever began them.
/// </summary>
internal sealed class WarmingBudget(SettingsMonitor settings, TimeProvider time)
{
    private static readonly TimeSpan Window = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Queue<long> _calls = new();
    private int _underWay;

    /// <summary>How many calls are under way.</summary>
    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Begins a call, if any is left and fewer than may be are under way.</summary>
    /// <param name="place">The call's place upstream.</param>
    /// <returns>The place: to be disposed when the call is over. Null: none may begin, and nothing has become of the place.</returns>
    public IDisposable? TryBegin(IDisposable place)
    {
        lock (_gate)
        {
            if (_underWay >= settings.Current.Warming.Concurrency || !TryTakeCall()) return null;
            Volatile.Write(ref _underWay, _underWay + 1);
            return new Call(this, place);
        }
    }

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

    private void End()
    {
        lock (_gate) Volatile.Write(ref _underWay, _underWay - 1);
    }

    private sealed class Call(WarmingBudget budget, IDisposable place) : IDisposable
    {
        private WarmingBudget? _budget = budget;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _budget, null) is not { } taken) return;
            place.Dispose();
            taken.End();
        }
    }
}
