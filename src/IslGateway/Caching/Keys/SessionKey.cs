using IslGateway.Content;

namespace IslGateway.Caching.Keys;

/// <summary>The parts of a key that come from a session: the user, and the version of the user's beliefs.</summary>
/// <param name="User">Digest of the user.</param>
/// <param name="BeliefVersion">Digest of the tokens that every update of the beliefs replaces.</param>
internal readonly record struct SessionKey(Digest User, Digest BeliefVersion);
