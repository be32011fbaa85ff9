namespace IslGateway.Workflows.Sentinel;

/// <summary>What came of recomputing a hit.</summary>
internal enum SentinelResult
{
    /// <summary>ISL says the same.</summary>
    Equal,

    /// <summary>ISL says something else under the same epoch.</summary>
    Different,

    /// <summary>ISL's answer is not to be compared: an error, degraded, or of another epoch.</summary>
    Inconclusive,
}
