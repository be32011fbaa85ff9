namespace IslGateway.Caching.Filling;

/// <summary>
/// How fast places come free, from how long the latest calls took. It says nothing before it has seen enough, nothing of those near the
/// head of the line, and allows for being wrong by half: a fill is refused beforehand only when its wait is plainly in vain.
/// </summary>
internal sealed class QueuePace
{
    private const int Enough = 32;
    private const double Margin = 1.5;

    private readonly Lock _gate = new();
    private double _meanSeconds;
    private long _seen;

    /// <summary>Counts a call.</summary>
    public void Saw(TimeSpan took)
    {
        lock (_gate)
        {
            _seen++;
            _meanSeconds += (took.TotalSeconds - _meanSeconds) / Math.Min(_seen, Enough);
        }
    }

    /// <summary>How long a line of this length takes; null while that is not known.</summary>
    public TimeSpan? WaitBehind(int ahead, int places)
    {
        lock (_gate) return _seen < Enough ? null : TimeSpan.FromSeconds(_meanSeconds * ahead / Math.Max(1, places));
    }

    /// <summary>Whether one who waits no longer than <paramref name="patience"/> behind so many waits in vain.</summary>
    public bool IsHopeless(int ahead, int places, TimeSpan patience) =>
        ahead >= 2 * places && WaitBehind(ahead, places) is { } wait && wait > patience * Margin;
}
