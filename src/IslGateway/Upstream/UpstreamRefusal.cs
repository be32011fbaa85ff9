namespace IslGateway.Upstream;

/// <summary>Why ISL is not asked just now.</summary>
/// <param name="Failure"><c>CircuitOpen</c> or <c>CoolingDown</c>.</param>
/// <param name="RetryAfter">When it may be asked again.</param>
internal readonly record struct UpstreamRefusal(UpstreamFailure Failure, TimeSpan RetryAfter);
