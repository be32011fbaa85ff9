namespace IslGateway.Redis;

/// <summary>What Redis is to this gateway, as its log, its readiness and its metrics tell it.</summary>
internal enum RedisState
{
    /// <summary>There is none.</summary>
    Off,

    /// <summary>It does not answer, or later than a request would wait.</summary>
    Down,

    /// <summary>It does not let the gateway in: user, password or certificate are wrong.</summary>
    Denied,

    /// <summary>It answers, and refuses to read or to write: full, read-only, not permitted.</summary>
    Refusing,

    Ok,
}
