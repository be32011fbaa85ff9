using IslGateway.Caching.Answers;

namespace IslGateway.Caching.Tiers;

/// <summary>An answer as it came from Redis, not dated yet.</summary>
/// <param name="Answer">The answer.</param>
/// <param name="LeastAge">How long ago it was complete at the least, by its seal; zero or less where nothing is known of that.</param>
internal sealed record DecodedAnswer(StoredAnswer Answer, TimeSpan LeastAge);
