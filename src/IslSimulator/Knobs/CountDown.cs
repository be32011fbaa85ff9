namespace IslSimulator.Knobs;

/// <summary>A number of times that something still happens; null is for ever.</summary>
public sealed class CountDown(int? count)
{
    private long _left = count ?? long.MaxValue;

    /// <summary>What is left, or null if without end.</summary>
    public long? Left => count is null ? null : Math.Max(0, Volatile.Read(ref _left));

    internal bool TryTake() => count is null || Interlocked.Decrement(ref _left) >= 0;
}
