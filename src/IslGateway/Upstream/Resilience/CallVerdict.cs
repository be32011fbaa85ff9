namespace IslGateway.Upstream.Resilience;

/// <summary>What the end of a call says of whom it concerns.</summary>
internal enum CallVerdict
{
    /// <summary>Nothing: the limit that was met is the gateway's own, or the answer is about who asked.</summary>
    Silent,

    /// <summary>ISL works.</summary>
    Healthy,

    /// <summary>ISL failed.</summary>
    Failing,
}
