using IslGateway.Caching.Answers;
using IslGateway.Content;

namespace IslGateway.Caching.Tiers;

/// <summary>A stored answer, and which of the requested keys it was found under.</summary>
internal sealed record KeyedAnswer(Digest Key, StoredAnswer Answer);
