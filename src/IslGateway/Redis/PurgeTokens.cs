using IslGateway.Content;

namespace IslGateway.Redis;

/// <summary>What purging contributes to a key: the tokens that a purge of everything, and one of the row, replaces.</summary>
/// <param name="Everything">The token of everything.</param>
/// <param name="Row">The row's.</param>
internal readonly record struct PurgeTokens(Digest Everything, Digest Row);
