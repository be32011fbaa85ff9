using IslGateway.Caching.Answers;
using IslGateway.Content;

namespace IslGateway.Caching.Tiers;

/// <summary>An answer, and the one of the keys asked for that it stands under.</summary>
internal sealed record KeyedAnswer(Digest Key, StoredAnswer Answer);
