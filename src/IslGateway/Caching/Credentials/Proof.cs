using IslGateway.Content;

namespace IslGateway.Caching.Credentials;

/// <summary>The fact that ISL has accepted a credential.</summary>
/// <param name="Age">Time since the call began that ISL accepted.</param>
/// <param name="Carried">The tokens in force at that time; the proof counts only while they still are.</param>
internal sealed record Proof(TimeSpan Age, Digest Carried);
