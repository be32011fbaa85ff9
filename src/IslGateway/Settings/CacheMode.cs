namespace IslGateway.Settings;

/// <summary>How much the cache may do: the way to roll out and back.</summary>
internal enum CacheMode
{
    /// <summary>Answers from the cache.</summary>
    On,

    /// <summary>Always asks ISL, reports what the cache would have said, serves ISL's answer.</summary>
    Observe,

    /// <summary>Plain proxy.</summary>
    Off,
}
