using IslGateway.Content;
using IslGateway.Endpoints;

namespace IslGateway.Redis;

/// <summary>One fill's claim to the lease of a question.</summary>
/// <param name="Row">The question's row.</param>
/// <param name="Key">The key under which its answer is looked for.</param>
/// <param name="Token">Tells this claim from all others.</param>
internal readonly record struct LeaseClaim(EndpointRow Row, Digest Key, Digest Token);
