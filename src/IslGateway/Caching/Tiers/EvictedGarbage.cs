namespace IslGateway.Caching.Tiers;

/// <summary>
/// Has what left the memory tier collected soon. Entries live long enough to be among the oldest objects, which the collector looks at
/// only when their heap has grown by a good part: until then what has gone takes memory beside what has come. Not thread-safe.
/// </summary>
/// <param name="collections">How often the oldest objects have been collected.</param>
/// <param name="collect">Has them collected in the background.</param>
internal sealed class EvictedGarbage(Func<int> collections, Action collect)
{
    /// <summary>A collection is asked for at the earliest when so many bytes have gone.</summary>
    public const long Least = 32 << 20;

    /// <summary>Or the limit divided by this, where that is more.</summary>
    public const int Share = 8;

    private long _bytes;
    private int _collections = collections();

    public EvictedGarbage()
        : this(() => GC.CollectionCount(GC.MaxGeneration), Collect)
    {
    }

    /// <summary>Bytes have gone. A collection that has begun since, for whatever reason, sets their count back.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="limit">Bytes that the memory tier may hold.</param>
    public void Add(long bytes, long limit)
    {
        var now = collections();
        if (now != _collections) (_collections, _bytes) = (now, 0);
        _bytes += bytes;
        if (_bytes < Math.Max(Least, limit / Share)) return;
        _bytes = 0;
        collect();
    }

    /// <summary>
    /// Beside the threads that serve: nothing is moved, and what they wait for are the two short pauses of any background collection.
    /// </summary>
    private static void Collect() => ThreadPool.UnsafeQueueUserWorkItem(
        static _ => GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: false, compacting: false), null);
}
