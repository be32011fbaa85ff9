namespace IslGateway.Edge;

/// <summary>Counts the data plane's requests, from when the head was read until the answer has left.</summary>
internal sealed class RequestCount
{
    /// <summary>One request that was cut off, beside the number of those under way: whoever reads sees both of the same moment.</summary>
    private const long Cut = 1L << 32;

    private long _counts;
    private CancellationToken _timeIsUp;

    public int UnderWay => (int)(Volatile.Read(ref _counts) % Cut);

    /// <summary>Requests that ended after the time was up, and those that have not ended.</summary>
    public int Unserved
    {
        get
        {
            var counts = Volatile.Read(ref _counts);
            return (int)((counts % Cut) + (counts / Cut));
        }
    }

    /// <summary>Starts the drain: requests that end after the time is up count as cut off.</summary>
    public void Drain(CancellationToken timeIsUp) => _timeIsUp = timeIsUp;

    public void Begin() => Interlocked.Increment(ref _counts);

    public void End() => Interlocked.Add(ref _counts, _timeIsUp.IsCancellationRequested ? Cut - 1 : -1);
}
