using IslGateway.Upstream;

namespace IslGateway.Caching.Credentials;

/// <summary>ISL's word against a credential, as learnt from a probe.</summary>
/// <param name="Answer">What ISL said.</param>
/// <param name="RequestId">The id that it was asked with.</param>
internal sealed record CredentialRefusal(UpstreamAnswer Answer, string RequestId);
