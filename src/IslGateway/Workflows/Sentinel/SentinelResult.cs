namespace IslGateway.Workflows.Sentinel;

/// <summary>The result of recomputing a hit.</summary>
internal enum SentinelResult
{
    /// <summary>ISL gives the same answer.</summary>
    Equal,

    /// <summary>ISL gives another answer under the same epoch.</summary>
    Different,

    /// <summary>ISL's answer cannot be compared: an error, degraded, or of another epoch.</summary>
    Inconclusive,
}
