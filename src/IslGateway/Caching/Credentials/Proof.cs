using IslGateway.Redis;

namespace IslGateway.Caching.Credentials;

/// <summary>ISL has accepted a credential.</summary>
/// <param name="Age">Time since the call began by which it did.</param>
/// <param name="Tokens">What was in force then.</param>
internal sealed record Proof(TimeSpan Age, ProofTokens Tokens);
