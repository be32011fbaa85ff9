using IslGateway.Content;

namespace IslGateway.Redis;

/// <summary>What stands for the beliefs of a user as of now: replaced by every update, and never the same again.</summary>
/// <param name="User">The user's own.</param>
/// <param name="Everyone">The one that is replaced where it is not known whose beliefs have changed.</param>
internal readonly record struct SessionTokens(Digest User, Digest Everyone);
