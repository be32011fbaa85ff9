namespace IslSimulator.Knobs;

/// <summary>How many more times something happens; null is for ever.</summary>
public sealed class CountDown(int? count)
{
    private long _left = count ?? long.MaxValue;

    /// <summary>How many times are left; null is for ever.</summary>
    public long? Left => count is null ? null : Math.Max(0, Volatile.Read(ref _left));

    internal bool TryTake() => count is null || Interlocked.Decrement(ref _left) >= 0;
}
