using IslGateway.Caching.Keys;

namespace IslGateway.Caching.Stores;

/// <summary>An answer, and the one of the keys asked for that it stands under.</summary>
internal sealed record KeyedAnswer(Digest Key, StoredAnswer Answer);
