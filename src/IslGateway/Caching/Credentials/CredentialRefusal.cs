using IslGateway.Upstream;

namespace IslGateway.Caching.Credentials;

/// <summary>ISL's refusal of a credential, as a probe got it.</summary>
/// <param name="Answer">ISL's answer.</param>
/// <param name="RequestId">The request id that the probe was sent with.</param>
internal sealed record CredentialRefusal(UpstreamAnswer Answer, string RequestId);
