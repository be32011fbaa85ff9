using IslGateway.Content;

namespace IslGateway.Caching.Credentials;

/// <summary>ISL has accepted a credential.</summary>
/// <param name="Age">Time since the call began by which it did.</param>
/// <param name="Carried">The tokens that were in force then: it counts only while they are.</param>
internal sealed record Proof(TimeSpan Age, Digest Carried);
