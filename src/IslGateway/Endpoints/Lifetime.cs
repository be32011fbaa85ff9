using IslGateway.Settings;

namespace IslGateway.Endpoints;

/// <summary>How long an entry lives.</summary>
/// <param name="Ttl">How long it is fresh.</param>
/// <param name="StaleTtl">How long after that it may stand in for ISL.</param>
internal readonly record struct Lifetime(TimeSpan Ttl, TimeSpan StaleTtl)
{
    /// <summary>How long it is of any use.</summary>
    public TimeSpan Whole => Ttl + StaleTtl;

    /// <summary>A row's lifetime by the settings. Session answers never stand in for ISL.</summary>
    public static Lifetime Of(EndpointOptions row, CachePolicy policy, CacheOptions cache) =>
        new(row.Ttl ?? cache.DefaultTtl, policy == CachePolicy.Session ? TimeSpan.Zero : row.StaleTtl ?? cache.StaleTtl);

    /// <summary>The shorter of two lifetimes, part by part.</summary>
    public Lifetime AtMost(Lifetime other) =>
        new(Ttl < other.Ttl ? Ttl : other.Ttl, StaleTtl < other.StaleTtl ? StaleTtl : other.StaleTtl);
}
