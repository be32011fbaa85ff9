namespace IslGateway.Caching.Filling;

/// <summary>
/// Estimates how fast places become free, from how long the latest calls took. It gives no estimate before it has seen enough calls, nor
/// for tickets near the head of a line, and assumes to be wrong by up to a half: a fill is refused early only when its wait is plainly
/// hopeless.
/// </summary>
internal sealed class QueuePace
{
    private const int Enough = 32;
    private const double Margin = 1.5;

    private readonly Lock _gate = new();
    private double _meanSeconds;
    private long _seen;

    /// <summary>Takes in how long a call took.</summary>
    public void Saw(TimeSpan took)
    {
        lock (_gate)
        {
            _seen++;
            _meanSeconds += (took.TotalSeconds - _meanSeconds) / Math.Min(_seen, Enough);
        }
    }

    /// <summary>How long a ticket waits behind so many others; null while that is not known.</summary>
    public TimeSpan? WaitBehind(int ahead, int places)
    {
        lock (_gate) return _seen < Enough ? null : TimeSpan.FromSeconds(_meanSeconds * ahead / Math.Max(1, places));
    }

    /// <summary>
    /// Whether a ticket whose owner waits no longer than <paramref name="patience"/> will not be served in time behind so many others.
    /// </summary>
    public bool IsHopeless(int ahead, int places, TimeSpan patience) =>
        ahead >= 2 * places && WaitBehind(ahead, places) is { } wait && wait > patience * Margin;
}
