namespace IslGateway.Forwarding;

/// <summary>What stands upstream.</summary>
/// <param name="IsSimulator">The embedded simulator, whose numbers must never pass for ISL's.</param>
internal sealed record UpstreamInfo(bool IsSimulator);
