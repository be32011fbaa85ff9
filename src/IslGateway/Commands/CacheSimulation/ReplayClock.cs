namespace IslGateway.Commands.CacheSimulation;

/// <summary>A clock that a log's times drive. It never goes back, as lines of several files may.</summary>
internal sealed class ReplayClock : TimeProvider
{
    private TimeSpan _now;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    /// <summary>Moves on to a time.</summary>
    /// <param name="at">Seconds since 1970.</param>
    public void MoveTo(double at)
    {
        var then = TimeSpan.FromSeconds(at);
        if (then > _now) _now = then;
    }

    public override long GetTimestamp() => _now.Ticks;

    public override DateTimeOffset GetUtcNow() => DateTimeOffset.UnixEpoch + _now;
}
