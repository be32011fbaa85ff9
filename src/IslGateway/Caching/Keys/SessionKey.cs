using IslGateway.Content;

namespace IslGateway.Caching.Keys;

/// <summary>What a session contributes to a key: whose beliefs, and as of which update.</summary>
/// <param name="User">Digest of the user.</param>
/// <param name="BeliefVersion">Digest of the tokens that every update replaces.</param>
internal readonly record struct SessionKey(Digest User, Digest BeliefVersion);
