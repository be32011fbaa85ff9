namespace IslGateway.Caching;

/// <summary>
/// What a request may take that the gateway makes for itself, to warm the cache, say. It goes the journey of any other, but takes only a
/// place upstream that was free, is not tried again by itself, is not counted among the requests, and is no hit for the sentinel.
/// </summary>
/// <param name="place">The place, for one call; null: it may not call ISL.</param>
internal sealed class BackgroundRequest(IDisposable? place)
{
    private IDisposable? _place = place;

    /// <summary>The place; null once it has been taken.</summary>
    public IDisposable? TakePlace() => Interlocked.Exchange(ref _place, null);
}
