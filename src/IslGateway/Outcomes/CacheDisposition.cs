namespace IslGateway.Outcomes;

/// <summary>What the cache did with an exchange, in the terms of RFC 9211.</summary>
internal enum CacheDisposition
{
    /// <summary>The gateway itself answered: an error made here.</summary>
    Answered,

    /// <summary>Served from the cache; nothing was sent to ISL.</summary>
    Hit,

    /// <summary>Served from the cache past its freshness, after ISL was asked and failed.</summary>
    Stale,

    /// <summary>Not in the cache; ISL's answer was stored.</summary>
    Stored,

    /// <summary>Not in the cache; this caller waited for another's call.</summary>
    Collapsed,

    /// <summary>Not in the cache; ISL's answer was not stored.</summary>
    Miss,

    /// <summary>The caller asked for a fresh answer although one was stored; ISL's answer replaced it.</summary>
    Refreshed,

    /// <summary>The cache was not consulted.</summary>
    Bypass,
}
