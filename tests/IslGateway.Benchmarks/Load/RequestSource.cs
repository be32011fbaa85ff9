namespace IslGateway.Benchmarks.Load;

/// <summary>
/// Requests ready to be sent, one after another and round again; each may be changed in place before it is sent, so that sending costs
/// nothing but the sending.
/// </summary>
internal sealed class RequestSource(IReadOnlyList<byte[]> requests, params IRequestChange[] changes)
{
    /// <summary>How many different requests there are, but for the changes.</summary>
    public int Count => requests.Count;

    /// <summary>The number of the request that <see cref="Next"/> gave last; they are counted from 1, through all rounds.</summary>
    public long Number { get; private set; }

    /// <summary>The next request, to be sent before the next call.</summary>
    public ReadOnlySpan<byte> Next()
    {
        var request = requests[(int)(++Number % requests.Count)];
        foreach (var change in changes) change.Apply(request, Number);
        return request;
    }
}
