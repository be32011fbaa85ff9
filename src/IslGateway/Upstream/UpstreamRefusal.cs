namespace IslGateway.Upstream;

/// <summary>Why ISL is not asked now.</summary>
/// <param name="Failure"><c>CircuitOpen</c> or <c>CoolingDown</c>.</param>
/// <param name="RetryAfter">How long to wait before asking again.</param>
internal readonly record struct UpstreamRefusal(UpstreamFailure Failure, TimeSpan RetryAfter);
