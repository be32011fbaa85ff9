namespace IslGateway.Outcomes;

/// <summary>What the cache did with an exchange, in the terms of RFC 9211.</summary>
internal enum CacheDisposition
{
    /// <summary>The gateway itself answered: an error in <c>application/problem+json</c>.</summary>
    Answered,

    /// <summary>
    /// Served from the cache without asking ISL: fresh for <c>ttl</c> more seconds or, where that is negative, standing in for ISL past its
    /// freshness.
    /// </summary>
    Hit,

    /// <summary>ISL was asked and failed, or took too long, and a stored answer past its freshness stands in.</summary>
    Stale,

    /// <summary>Nothing fresh was stored; ISL answered, and the answer is stored.</summary>
    Stored,

    /// <summary>Nothing fresh was stored; another caller's call to ISL answered this one, too.</summary>
    Collapsed,

    /// <summary>Nothing fresh was stored; ISL answered, and the answer is not stored.</summary>
    Miss,

    /// <summary>The caller asked for a fresh answer although one was stored; ISL's answer replaced it.</summary>
    Refreshed,

    /// <summary>Forwarded past the cache.</summary>
    Bypass,
}
