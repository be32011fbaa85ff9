namespace IslGateway.Caching.Purging;

/// <summary>How far a purge has come in Redis.</summary>
internal enum PurgeReach
{
    /// <summary>There is no Redis, so this gateway is the only one.</summary>
    Off,

    /// <summary>Redis has acknowledged it.</summary>
    Done,

    /// <summary>Redis has not acknowledged it yet; it is sent again until it has.</summary>
    Queued,
}
