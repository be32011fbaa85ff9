namespace IslGateway.Upstream.Resilience;

/// <summary>What the end of a call says about a replica or a question.</summary>
internal enum CallVerdict
{
    /// <summary>Nothing: the gateway's own limit was met, or the answer is about the caller.</summary>
    Silent,

    /// <summary>ISL works.</summary>
    Healthy,

    /// <summary>ISL failed.</summary>
    Failing,
}
