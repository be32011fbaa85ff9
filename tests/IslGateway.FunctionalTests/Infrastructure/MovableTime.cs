namespace IslGateway.FunctionalTests.Infrastructure;

/// <summary>
/// The system's time, with what a test adds: time that has passed in no time, time that stands still, and a clock that somebody has set.
/// Timers are the system's, and so is the time of day unless it is set: it passes for nobody else.
/// </summary>
internal sealed class MovableTime : TimeProvider
{
    private long _passed;
    private long _set;
    private long _still;

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + TimeSpan.FromTicks(Volatile.Read(ref _set));

    public override long GetTimestamp() =>
        (Volatile.Read(ref _still) == 0 ? System.GetTimestamp() : Interlocked.Increment(ref _still))
        + (long)(TimeSpan.FromTicks(Volatile.Read(ref _passed)).TotalSeconds * System.TimestampFrequency);

    /// <summary>Lets time pass.</summary>
    public void Pass(TimeSpan time) => Interlocked.Add(ref _passed, time.Ticks);

    /// <summary>
    /// From now on time passes by <see cref="Pass"/> alone, but for the least there is, each time that somebody looks: so that what comes
    /// later is later.
    /// </summary>
    public void StandStill() => Volatile.Write(ref _still, System.GetTimestamp());

    /// <summary>Sets the clock, as an operator or NTP does: no time passes by that.</summary>
    /// <param name="ahead">How far ahead of the system's it goes from now on.</param>
    public void SetClock(TimeSpan ahead) => Volatile.Write(ref _set, ahead.Ticks);
}
