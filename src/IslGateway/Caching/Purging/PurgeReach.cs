namespace IslGateway.Caching.Purging;

/// <summary>Whether Redis has a purge.</summary>
internal enum PurgeReach
{
    /// <summary>There is no Redis: this gateway is all there is.</summary>
    Off,

    /// <summary>Redis has acknowledged it.</summary>
    Done,

    /// <summary>It is told to Redis again and again until it has been acknowledged.</summary>
    Queued,
}
