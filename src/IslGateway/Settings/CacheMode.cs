namespace IslGateway.Settings;

/// <summary>How much the cache may do: the way to roll out and back.</summary>
internal enum CacheMode
{
    /// <summary>Answers from the cache.</summary>
    On,

    /// <summary>
    /// Always asks ISL, serves its answer, stores it, and counts in <c>isl_gateway_observed_total</c> what the cache would have done.
    /// </summary>
    Observe,

    /// <summary>A plain proxy.</summary>
    Off,
}
