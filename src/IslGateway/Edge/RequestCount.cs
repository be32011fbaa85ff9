namespace IslGateway.Edge;

/// <summary>How many requests of the data plane are under way, from their heads on until their answers have left.</summary>
internal sealed class RequestCount
{
    private int _underWay;
    private int _cut;
    private CancellationToken _timeIsUp;

    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Those that ended after the time was up, and those that have not ended at all.</summary>
    public int Unserved => UnderWay + Volatile.Read(ref _cut);

    /// <summary>From here on, whatever ends after the time is up was cut off.</summary>
    public void Drain(CancellationToken timeIsUp) => _timeIsUp = timeIsUp;

    public void Begin() => Interlocked.Increment(ref _underWay);

    public void End()
    {
        if (_timeIsUp.IsCancellationRequested) Interlocked.Increment(ref _cut);
        Interlocked.Decrement(ref _underWay);
    }
}
