using IslGateway.Caching.Tiers;
using IslGateway.Redis;

namespace IslGateway.Caching.Filling;

/// <summary>What one round trip to Redis saw.</summary>
/// <param name="IsTaken">Whether the lease was free, and is now held by whoever looked.</param>
/// <param name="Standing">What stood in its place, if it was not.</param>
/// <param name="Found">The answer, if one is stored and fresh.</param>
internal sealed record LeaseLook(bool IsTaken, LeaseStanding Standing, KeyedAnswer? Found);
