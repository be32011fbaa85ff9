namespace IslGateway.Edge;

/// <summary>Counts the data plane's requests, from when the head was read until the answer has left.</summary>
internal sealed class RequestCount
{
    private int _underWay;
    private int _cut;
    private CancellationToken _timeIsUp;

    public int UnderWay => Volatile.Read(ref _underWay);

    /// <summary>Requests that ended after the time was up, and those that have not ended.</summary>
    public int Unserved => UnderWay + Volatile.Read(ref _cut);

    /// <summary>Starts the drain: requests that end after the time is up count as cut off.</summary>
    public void Drain(CancellationToken timeIsUp) => _timeIsUp = timeIsUp;

    public void Begin() => Interlocked.Increment(ref _underWay);

    public void End()
    {
        if (_timeIsUp.IsCancellationRequested) Interlocked.Increment(ref _cut);
        Interlocked.Decrement(ref _underWay);
    }
}
