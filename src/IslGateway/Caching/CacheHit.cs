using IslGateway.Caching.Keys;
using IslGateway.Journey;

namespace IslGateway.Caching;

/// <summary>A stored, fresh answer.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="Tier">Where it was: <c>Memory</c> or <c>Redis</c>.</param>
/// <param name="Age">Since it was complete.</param>
/// <param name="TtlLeft">Freshness left.</param>
/// <param name="Epoch">Digest of the epoch that it was found under.</param>
/// <param name="IsWanted">Whether the caller's own directives allow it.</param>
internal readonly record struct CacheHit(StoredAnswer Answer, Reason Tier, TimeSpan Age, TimeSpan TtlLeft, Digest Epoch, bool IsWanted);
