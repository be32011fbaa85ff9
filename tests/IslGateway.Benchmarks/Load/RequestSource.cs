namespace IslGateway.Benchmarks.Load;

/// <summary>
/// Requests ready to be sent, one after another and round again; each may be changed in place before it is sent, so that sending costs
/// nothing but the sending.
/// </summary>
internal sealed class RequestSource(IReadOnlyList<byte[]> requests, params IRequestChange[] changes)
{
    private long _number;

    /// <summary>How many different requests there are, but for the changes.</summary>
    public int Count => requests.Count;

    /// <summary>The next request, to be sent before the next call.</summary>
    public ReadOnlySpan<byte> Next()
    {
        var number = _number++;
        var request = requests[(int)(number % requests.Count)];
        foreach (var change in changes) change.Apply(request, number);
        return request;
    }
}
