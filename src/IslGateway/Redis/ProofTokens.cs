using IslGateway.Content;

namespace IslGateway.Redis;

/// <summary>
/// What a proof of a credential carries: the tokens that were in force when ISL was asked. It counts only while they still are.
/// </summary>
/// <param name="Everyone">Replaced when all proofs are to end.</param>
/// <param name="Own">Replaced when the credential's are; zeros while it was never refused.</param>
internal readonly record struct ProofTokens(Digest Everyone, Digest Own);
